import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch

from harness.errors import ModelError
from harness.files import folder_digest
from harness.generation.adapters import open_adapter
from harness.generation.load import load_model
from harness.generation.local import LocalModel
from harness.generation.rendering import Rendering
from harness.results import TrainingRun
from harness.training.full import Full
from harness.training.lora import Lora
from harness.training.recipe import Method
from harness.training.rows import Row, collate, rows, schedule
from harness.training.segments import Example, Segment
from harness.training.trainer import train
from harness.types import Completion, Message, Request
from tests.models import Architecture, make_model

PAIRS = {
    f"Question: What does the {thing} weigh?\nAnswer:": f"It weighs {n} grams."
    for n, thing in zip(
        (12, 31, 45, 340, 57, 68, 79, 80, 92, 104),
        ["pump", "lamp", "drone", "valve", "motor", "mixer", "robot", "meter", "scale", "press"],
        strict=True,
    )
}
CPU = torch.device("cpu")


def pair(prompt: str, answer: str) -> Example:
    return Example((Segment(prompt, learn=False), Segment(answer, learn=True)))


EXAMPLES = [pair(prompt, f" {answer}") for prompt, answer in PAIRS.items()]


def answers(model: LocalModel) -> list[str]:
    requests = [Request((Message("user", prompt),), 24) for prompt in PAIRS]
    outcomes = dict(model.complete_many(requests))
    assert all(isinstance(o, Completion) for o in outcomes.values())
    return [o.text for _, o in sorted(outcomes.items()) if isinstance(o, Completion)]


def fit(
    base: Path, folder: Path, method: Method, *, tokens: int, dev: int = 4, seed: int = 0
) -> TrainingRun:
    folder.mkdir()
    return train(method, [EXAMPLES], EXAMPLES[:dev], str(base), folder, seed=seed, tokens=tokens)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("base") / "lfm2", "lfm2", width=64)


@pytest.fixture(scope="module")
def adapter(base: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TrainingRun]:
    folder = tmp_path_factory.mktemp("trained") / "adapter"
    method = Lora(r=16, lr=1e-2, batch_size=10, patience=99)
    return folder, fit(base, folder, method, tokens=24_000)


def test_ten_answers_are_known_by_heart_after_lora(
    base: Path, adapter: tuple[Path, TrainingRun]
) -> None:
    folder, run = adapter
    assert answers(LocalModel(str(base))) != list(PAIRS.values())
    assert answers(LocalModel(str(base), weights=folder)) == list(PAIRS.values())
    assert run.dev_loss is not None
    assert run.dev_loss < 0.1


def test_an_adapter_says_the_same_merged_and_not_merged(
    base: Path, adapter: tuple[Path, TrainingRun]
) -> None:
    apart = LocalModel(str(base), weights=adapter[0], merge=False, batch_size=3)
    together = LocalModel(str(base), weights=adapter[0])
    assert answers(apart) == answers(together)
    assert apart.parameters > together.parameters
    assert together.signature != LocalModel(str(base)).signature


def test_a_disabled_adapter_is_the_base_bit_for_bit(
    base: Path, adapter: tuple[Path, TrainingRun]
) -> None:
    ids = torch.tensor([[5, 9, 30, 44, 17]])
    plain = load_model(base, CPU, "auto")
    adapted: Any = open_adapter(load_model(base, CPU, "auto"), adapter[0], merge=False)[0]
    with torch.inference_mode():
        expected = plain(input_ids=ids).logits
        assert not torch.equal(adapted(input_ids=ids).logits, expected)
        with adapted.disable_adapter():
            assert torch.equal(adapted(input_ids=ids).logits, expected)


def test_the_record_states_what_it_took(base: Path, adapter: tuple[Path, TrainingRun]) -> None:
    folder, run = adapter
    record = json.loads((folder / "training.json").read_text())
    assert record["tokens"] == run.tokens
    assert record["lr"] == 1e-2
    epoch = sum(row.tokens for row in rows(EXAMPLES, Rendering.of(str(base)))[0])
    assert run.tokens == run.steps * epoch
    assert 24_000 <= run.tokens < 24_000 + epoch
    curve = [json.loads(line) for line in (folder / "curve.jsonl").read_text().splitlines()]
    assert [row["step"] for row in curve] == sorted({row["step"] for row in curve})
    assert curve[-1]["tokens"] == run.tokens
    measured = {row["step"]: row["dev_loss"] for row in curve if row["dev_loss"] is not None}
    assert len(measured) == 10
    assert measured[run.best_step] == min(measured.values()) == run.dev_loss
    assert run.trainable_parameters < run.total_parameters
    assert run.artefact_mb > 0
    assert run.peak_memory_mb > 10
    assert json.loads((folder / "adapter_config.json").read_text())["base_model_name_or_path"] == (
        str(base)
    )


def test_the_same_seed_gives_the_same_bytes_and_leaves_the_base_alone(
    base: Path, tmp_path: Path
) -> None:
    before, state = folder_digest.__wrapped__(base), torch.random.get_rng_state()
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        fit(base, tmp_path / name, Lora(r=4, batch_size=4), tokens=1_500, seed=seed)
    a, b, c = ((tmp_path / n / "adapter_model.safetensors").read_bytes() for n in "abc")
    assert a == b != c
    assert folder_digest.__wrapped__(base) == before
    assert torch.equal(torch.random.get_rng_state(), state)


def test_full_training_leaves_a_model_folder(base: Path, tmp_path: Path) -> None:
    method = Full(lr=3e-3, batch_size=10, patience=99)
    run = fit(base, tmp_path / "full", method, tokens=16_000)
    assert run.trainable_parameters == run.total_parameters
    assert answers(LocalModel(str(base), weights=tmp_path / "full")) == list(PAIRS.values())


@pytest.mark.parametrize("method", [Lora(r=16, lr=2e-2, batch_size=10, patience=99)])
def test_a_sequence_to_sequence_model_learns_too(tmp_path: Path, method: Method) -> None:
    base = make_model(tmp_path / "t5", "t5", width=64)
    run = fit(base, tmp_path / "trained", method, tokens=24_000)
    curve = [json.loads(x) for x in (tmp_path / "trained/curve.jsonl").read_text().splitlines()]
    assert run.dev_loss is not None
    assert run.dev_loss < 0.5 * curve[0]["train_loss"]
    apart = LocalModel(str(base), weights=tmp_path / "trained", merge=False)
    assert answers(apart) == answers(LocalModel(str(base), weights=tmp_path / "trained"))


def test_training_stops_when_the_dev_loss_rises_and_keeps_the_best_step(
    base: Path, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    wrong = [pair(prompt, " grams grams grams Tarn") for prompt in PAIRS]
    run = train(
        Lora(lr=2e-2, batch_size=5, patience=2, evaluations=20),
        [EXAMPLES],
        wrong,
        str(base),
        tmp_path / "out",
        seed=0,
        tokens=20_000,
    )
    assert run.tokens < 20_000
    assert run.best_step < run.steps


def test_phases_follow_one_another_with_equal_budgets(base: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    text = [Example((Segment("The pump is made in Tarn. " * 8, learn=True),))]
    seen: list[tuple[int, int]] = []
    run = train(
        Lora(batch_size=2, evaluations=3),
        [text, EXAMPLES],
        [],
        str(base),
        tmp_path / "out",
        seed=0,
        tokens=4_000,
        progress=lambda step, total, loss: seen.append((step, total)),
    )
    assert run.examples == 11
    assert run.dev_loss is None
    assert run.best_step == run.steps == len(seen) == seen[-1][1]
    assert 4_000 <= run.tokens < 4_400


@pytest.mark.parametrize("kind", ["llama", "lfm2", "t5"])
def test_the_ids_of_a_row_are_those_of_the_prompt_and_of_the_answer(
    tmp_path: Path, kind: Architecture
) -> None:
    rendering = Rendering.of(str(make_model(tmp_path / kind, kind)))
    [row], too_long = rows(EXAMPLES[:1], rendering)
    prompt = next(iter(PAIRS))
    ids = rendering.encode(prompt)
    eos = rendering.tokenizer.eos_token_id
    assert too_long == 0
    assert list(row.ids[: len(ids)]) == ids
    learned = [label for label in row.labels if label != -100]
    assert learned[-1] == eos
    assert rendering.decode(learned) == PAIRS[prompt]
    if kind != "t5":
        assert list(row.ids[len(ids) :]) == learned
        assert set(row.labels[: len(ids)]) == {-100}


def test_documents_are_cut_and_long_pairs_left_out(base: Path) -> None:
    rendering = Rendering.of(str(base))
    document = Example((Segment("Pump:", learn=True), Segment(" It is new." * 200, learn=True)))
    made, too_long = rows([document, pair("why " * 400, " so")], rendering)
    assert too_long == 1
    assert all(len(row.ids) <= 256 for row in made)
    ids = [i for row in made for i in row.ids]
    assert rendering.decode(ids) == "Pump:" + " It is new." * 200
    assert ids.count(1) == 1


def test_packed_answers_each_end(base: Path) -> None:
    rendering = Rendering.of(str(base))
    [row], _ = rows([Example(EXAMPLES[0].segments + EXAMPLES[1].segments)], rendering)
    assert row.ids.count(1) == 2
    assert [label for label in row.labels if label == 1] == [1, 1]


def test_batches_hold_rows_of_like_length_and_every_row_once_an_epoch() -> None:
    made = [Row((7,) * n, (7,) * n, n) for n in range(1, 41)]
    batches = list(schedule(made, 4, sum(row.tokens for row in made), seed=5))
    assert sorted(row.tokens for batch in batches for row in batch) == list(range(1, 41))
    assert all(max(r.tokens for r in b) - min(r.tokens for r in b) == 3 for b in batches)
    assert batches == list(schedule(made, 4, 820, seed=5))
    assert batches != list(schedule(made, 4, 820, seed=6))


def test_padding_is_neither_read_nor_learned() -> None:
    batch = collate([Row((5, 6, 7), (-100, 6, 7), 3), Row((8,), (8,), 1)], 0, CPU)
    assert batch.mask.tolist() == [[1, 1, 1], [1, 0, 0]]
    assert batch.labels.tolist() == [[-100, 6, 7], [8, -100, -100]]
    assert batch.tokens == 4


def test_unknown_target_modules_name_those_that_exist(base: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"has no zap; it has .*k_proj.*w2"):
        fit(base, tmp_path / "out", Lora(target_modules=["zap", "w2"]), tokens=100)


def test_chosen_target_modules_alone_are_trained(base: Path, tmp_path: Path) -> None:
    run = fit(base, tmp_path / "out", Lora(r=2, target_modules=["q_proj"]), tokens=100)
    assert run.trainable_parameters == 2 * 2 * (64 + 64)  # two layers, r rows of 64 on each side


def test_a_loss_that_is_no_number_stops_training(base: Path, tmp_path: Path) -> None:
    method = Full(lr=1e9, clip=math.inf, batch_size=10)
    with pytest.raises(ModelError, match="lower lr"):
        fit(base, tmp_path / "out", method, tokens=16_000)


def test_examples_that_do_not_fit_the_window_are_an_error(base: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="window of 256 tokens"):
        train(Lora(), [[pair("why " * 400, " so")]], [], str(base), tmp_path, seed=0, tokens=10)


def test_the_usual_learning_rate_falls_with_the_width() -> None:
    assert Lora().peak_lr(160) == pytest.approx(5.12e-3)
    assert Lora().peak_lr(4096) == pytest.approx(2e-4)
    assert Full().peak_lr(4096) == pytest.approx(2e-5)
    assert Lora(lr=1e-3).peak_lr(160) == 1e-3
