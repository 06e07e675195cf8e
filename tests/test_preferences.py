"""Preference training: pairs of own answers, a reward model, DPO and GRPO, on a tiny real model."""

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from peft import PeftModel

from harness import registry
from harness.errors import ArtefactError, ConfigError, DataError, MissingExtra, ModelError
from harness.generation.local import LocalModel
from harness.generation.rendering import Rendering
from harness.preferences import preference
from harness.preferences.bradley_terry import fit, ranked
from harness.preferences.dpo import Dpo
from harness.preferences.grpo import Grpo
from harness.preferences.pairs import Asked, Drawing, Drawn, RankedPair, draw, pairs, worths
from harness.preferences.policy import Policy, open_policy
from harness.preferences.reward_model import Row, open_reward_model
from harness.training.bottleneck import Bottleneck
from harness.training.continuing import Continued
from harness.training.lora import Lora
from harness.training.prompt_tuning import PromptTuning
from harness.training.recipe import Method
from harness.training.segments import Example, Segment
from harness.training.trainer import train
from harness.types import Message, Question, Request
from tests.models import make_model

SFT = Lora(r=8, lr=1e-2, batch_size=10, patience=99)
HOW = Drawing(
    samples=4, temperature=1.0, max_tokens=12, margin=0.1, pairs_per_question=2, held_out=0.3
)
QUESTIONS = [
    Question(
        f"q{n}",
        f"What does thing {n} weigh?",
        (f"It weighs {10 + 10 * (n % 3)} grams.",),
        ((f"{10 + 10 * (n % 3)}",),),
        (f"d{n // 2}",),
    )
    for n in range(40)
]
ASKED = [Asked(q, f"Question: {q.text}\nAnswer:", refuse=False) for q in QUESTIONS]


def example(asked: Asked, answer: str) -> Example:
    return Example((Segment(asked.prompt, learn=False), Segment(f" {answer}", learn=True)))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("base") / "lfm2", "lfm2", width=64)


@pytest.fixture(scope="module")
def sft(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sft")
    examples = [example(one, one.question.answers[0]) for one in ASKED]
    train(SFT, [examples], [], str(base), folder, seed=0, tokens=14_000)
    return folder


def opened(base: Path, folder: Path) -> Policy:
    return open_policy(str(base), SFT, folder, Rendering.of(str(base)), "cpu")


@pytest.fixture(scope="module")
def drawn(base: Path, sft: Path) -> Sequence[Drawn]:
    return draw(opened(base, sft), ASKED, HOW, seed=0)[0]


@pytest.fixture(scope="module")
def made(drawn: Sequence[Drawn]) -> Sequence[RankedPair]:
    return pairs(drawn, HOW)


def test_the_right_value_is_worth_more_than_a_refusal_and_that_more_than_a_wrong_one() -> None:
    asked = ASKED[0]
    right, bare, refusal, wrong = worths(
        asked, ["It weighs 10 grams.", "10", "I do not know.", "It weighs 20 grams."]
    )
    assert right == 1.0
    assert 2 / 3 < bare < right
    assert refusal == 0.5
    assert wrong == pytest.approx(0.75 / 3)
    declining = replace(asked, refuse=True)
    assert worths(declining, ["I do not know.", "It weighs 10 grams."]) == (1.0, 0.0)


def test_the_greedy_answer_is_that_of_the_served_model(
    base: Path, sft: Path, drawn: Sequence[Drawn]
) -> None:
    served = LocalModel(str(base), weights=sft)
    requests = [Request((Message("user", one.prompt),), HOW.max_tokens) for one in ASKED]
    said = {i: str(getattr(o, "text", o)) for i, o in served.complete_many(requests)}
    assert [one.texts[0] for one in drawn] == [said[i] for i in range(len(ASKED))]


def test_a_pair_is_the_best_answer_and_one_that_is_worse_by_the_margin(
    drawn: Sequence[Drawn], made: Sequence[RankedPair]
) -> None:
    by_question = {one.asked.question.id: one for one in drawn}
    for pair in made:
        one = by_question[pair.question]
        assert pair.chosen_worth == max(one.worths)
        assert pair.chosen_worth - pair.rejected_worth >= HOW.margin
        assert {pair.chosen, pair.rejected} <= set(one.texts)
    assert {pair.part for pair in made} == {"train", "held-out"}


def test_questions_about_one_document_are_in_one_part(drawn: Sequence[Drawn]) -> None:
    parts: dict[str, set[str]] = {}
    for one in drawn:
        parts.setdefault(one.asked.question.gold[0], set()).add(one.part)
    assert len(parts) == 20
    assert all(len(of_document) == 1 for of_document in parts.values())


def test_answers_that_hardly_differ_say_what_to_change(drawn: Sequence[Drawn]) -> None:
    alike = [replace(one, texts=one.texts[:1] * 5, worths=one.worths[:1] * 5) for one in drawn]
    with pytest.raises(DataError, match=r"0 in the train part, 10 are needed: .*temperature \(now"):
        pairs(alike, HOW)


def test_a_reward_model_learns_to_rank_and_is_read_back_as_it_was(
    base: Path, sft: Path, made: Sequence[RankedPair], tmp_path: Path
) -> None:
    """Answers that say "20" are to be the better ones, whatever the question is."""
    told = [
        replace(made[0], cluster=n, prompt=one.prompt, chosen="It weighs 20 grams.", rejected=said)
        for n, one in enumerate(ASKED)
        for said in ("It weighs 10 grams.", "It weighs 30 grams.")
    ]
    model = fit(opened(base, sft), told[:60], epochs=4, batch_size=10, lr=5e-3, seed=0).model
    found = ranked(model, told[60:])
    assert found.accuracy > 0.9
    assert found.low < found.accuracy <= found.high
    assert (found.pairs, found.clusters) == (20, 10)
    rows = [model.row(p.prompt, text) for p in told[:60] for text in (p.chosen, p.rejected)]
    values = torch.tensor(model.rewards(rows))
    assert float(values.mean()) == pytest.approx(0, abs=1e-4)
    assert float(values.std(correction=0)) == pytest.approx(1, abs=1e-4)
    alone = [model.rewards([row])[0] for row in rows[:4]]
    assert alone == pytest.approx(values[:4].tolist(), abs=1e-4)
    model.save(tmp_path, {})
    again = open_reward_model(str(base), SFT, tmp_path, Rendering.of(str(base)), "cpu")
    assert again.rewards(rows) == pytest.approx(values.tolist(), abs=1e-5)
    with pytest.raises(ArtefactError, match="no reward model here"):
        open_reward_model(str(base), SFT, sft, Rendering.of(str(base)), "cpu")


def log_odds(policy: Policy, pair: RankedPair) -> float:
    """Return by how much the policy prefers the better answer, in nats."""
    prompt = policy.prompt_ids(pair.prompt)
    found = []
    for text in (pair.chosen, pair.rejected):
        answer = policy.answer_ids(pair.prompt, text)
        with torch.inference_mode():
            logits = policy.model(input_ids=torch.tensor([prompt + answer])).logits[0]
        steps = logits[len(prompt) - 1 : -1].log_softmax(-1)
        found.append(float(steps.gather(1, torch.tensor(answer)[:, None]).sum()))
    return found[0] - found[1]


def test_dpo_begins_at_ln_2_and_prefers_the_better_answers_afterwards(
    base: Path, sft: Path, made: Sequence[RankedPair], tmp_path: Path
) -> None:
    policy, before = opened(base, sft), opened(base, sft)
    method = Dpo(lr=3e-3, batch_size=16)
    done = method.learn(
        policy, made, [], None, tokens=10_000, seed=0, progress=lambda step, total, loss: None
    )
    assert done.base_dev_loss == pytest.approx(math.log(2), abs=1e-4)
    learned = [pair for pair in made if pair.part == "train"]
    policy.model.eval()
    before.model.eval()
    gains = [log_odds(policy, pair) - log_odds(before, pair) for pair in learned]
    assert sum(gains) / len(gains) > 0.5
    policy.method.save(policy.model, tmp_path, str(base))
    assert not list(tmp_path.glob("ref*"))
    served = LocalModel(str(base), weights=tmp_path, merge=False)._model
    assert isinstance(served, PeftModel)
    ids = torch.tensor([policy.prompt_ids(made[0].prompt)])
    with torch.inference_mode():
        torch.testing.assert_close(served(input_ids=ids).logits, policy.model(input_ids=ids).logits)


class SaysTwenty:
    """Stands in for a reward model of which one knows what it wants."""

    def __init__(self, policy: Policy) -> None:
        self._rendering = policy.rendering

    def rewards(self, rows: Sequence[Row]) -> list[float]:
        return [float(" 20 " in self._rendering.decode(answer)) for _, answer in rows]


@pytest.mark.slow
def test_grpo_makes_what_is_rewarded_likelier(
    base: Path, sft: Path, made: Sequence[RankedPair], drawn: Sequence[Drawn]
) -> None:
    policy = opened(base, sft)
    prompts = [one.prompt for one in ASKED]
    method = Grpo(lr=2e-3, batch_size=32, group=8, max_tokens=12)
    done = method.learn(
        policy,
        made,
        prompts,
        SaysTwenty(policy),  # type: ignore[arg-type]
        tokens=60_000,
        seed=0,
        progress=lambda step, total, loss: None,
    )
    assert set(policy.model.peft_config) == {"default"}
    assert done.steps == done.curve[-1].step
    assert 0.5 < done.tokens / 60_000 < 1.5
    after, _ = draw(policy, ASKED, HOW, seed=1)

    def share(answers: Sequence[Drawn]) -> float:
        said = [text for one in answers for text in one.texts[1:]]
        return sum(" 20 " in text for text in said) / len(said)

    assert share(after) > share(drawn) + 0.1


def test_a_batch_holds_whole_groups() -> None:
    with pytest.raises(ConfigError, match=r"batch_size 10 .* multiple of group \(8\)"):
        Grpo(batch_size=10).check()


def test_without_trl_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preference, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=re.escape('pip install -e ".[preference]"')):
        Dpo().check()


@pytest.mark.parametrize(
    ("method", "message"),
    [
        (PromptTuning(virtual_tokens=4), "vectors before the prompt are kept without what made"),
        (Bottleneck(size=4), "goes on from lora, rslora, dora, qlora or ia3"),
    ],
)
def test_only_an_adapter_is_gone_on_from(
    method: Method, message: str, base: Path, tmp_path: Path
) -> None:
    examples = [example(one, one.question.answers[0]) for one in ASKED[:4]]
    train(method, [examples], [], str(base), tmp_path, seed=0, tokens=100)
    with pytest.raises(ModelError, match=message):
        open_policy(str(base), method, tmp_path, Rendering.of(str(base)), "cpu")


@pytest.mark.parametrize("name", ["lora", "bottleneck", "full"])
def test_training_goes_on_from_where_other_weights_stand(
    name: str, base: Path, tmp_path: Path
) -> None:
    """The loss before the first step is the one that the earlier training ended with."""
    method = registry.create("training", name, {"lr": 1e-2, "batch_size": 10, "patience": 99})
    examples = [example(one, one.question.answers[0]) for one in ASKED[:10]]
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    one = train(method, [examples], examples, str(base), first, seed=0, tokens=2_000)
    two = train(
        Continued(method, first), [examples], examples, str(base), second, seed=1, tokens=2_000
    )
    assert two.base_dev_loss == pytest.approx(one.dev_loss, abs=1e-5)
    assert two.dev_loss is not None
    assert one.dev_loss is not None
    assert two.dev_loss < one.dev_loss
    assert {p.name for p in first.iterdir()} == {p.name for p in second.iterdir()}
