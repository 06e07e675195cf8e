"""The further metrics of ragas: its own code, with a model on this machine that knows the truth."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness import registry
from harness.errors import ConfigError
from harness.judges.ragas_model import RagasModel
from harness.judges.remembered import Remembered
from harness.judges.structured import prompt_input
from harness.metrics.ragas_metric import RagasMetric
from harness.protocols import Vectors
from harness.types import Case, ContextType, Prediction, Usage
from tests.fake_judge import FakeJudge
from tests.fakes import question
from tests.server import ChatServer, Fault, Messages

NAMES = (
    "answer_relevancy",
    "context_precision",
    "context_recall",
    "factual_correctness",
    "noise_sensitivity",
)
PASSAGES = ("Lamps are cheap.", "It weighs 12 kg.", "It is red.")


class TwoWays:
    """An embedder in the plane: what is about weight points one way, all else another."""

    signature = "two-ways"
    dimension = 2

    def embed(self, texts: Sequence[str]) -> Vectors:
        rows = [[0.6, 0.8] if "weigh" in text else [1.0, 0.0] for text in texts]
        return np.array(rows, np.float32)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [0] * len(texts)


def split(text: str) -> list[str]:
    return [f"{part.strip(' .')}." for part in text.split(". ") if part.strip(" .")]


def truthful(messages: Messages) -> str:
    """Answer any prompt of ragas: a statement is supported where a text holds it."""
    prompt = messages[1]["content"]
    data = prompt_input(prompt)

    def holds(said: str) -> int:
        return int(said in data["context"])

    if "noncommittal" in prompt:
        evasive = int("Perhaps" in data["response"])
        return json.dumps({"question": "How much does it weigh?", "noncommittal": evasive})
    if "attributed" in prompt:
        rows: list[dict[str, Any]] = [
            {"statement": s, "reason": "", "attributed": holds(s)} for s in split(data["answer"])
        ]
        return json.dumps({"classifications": rows})
    if "statements" in data:
        rows = [{"statement": s, "reason": "", "verdict": holds(s)} for s in data["statements"]]
        return json.dumps({"statements": rows})
    if "claims" in prompt and "response" in data:
        return json.dumps({"claims": split(data["response"])})
    if "context" in data:
        useful = any(s in data["context"] for s in split(data["answer"]))
        return json.dumps({"reason": "", "verdict": int(useful)})
    return json.dumps({"statements": split(data["answer"])})


@pytest.fixture(scope="module")
def server() -> Iterator[ChatServer]:
    with ChatServer(truthful) as here:
        yield here


@pytest.fixture
def judge(server: ChatServer) -> RagasModel:
    return judge_at(server)


def judge_at(server: ChatServer) -> RagasModel:
    model = {"type": "openai", "path": "m", "base_url": server.url, "timeout": 5, "retries": 0}
    made: RagasModel = registry.create("judge", "ragas", {"model": model})
    return made


def metric(name: str, judge: object) -> RagasMetric:
    options = {"embedder": TwoWays()} if name == "answer_relevancy" else {}
    made: RagasMetric = registry.create("metric", f"ragas_{name}", {"judge": judge, **options})
    return made


def case(
    said: str,
    *,
    reference: str = "It weighs 12 kg. It is blue.",
    context: ContextType = "retrieved",
    passages: tuple[str, ...] = PASSAGES,
) -> Case:
    asked = question(1, "What colour is it?", answers=(reference,))
    return Case(asked, Prediction("a", 0, "test-new", asked.id, said), context, passages=passages)


@pytest.mark.parametrize(
    ("name", "said", "by_hand"),
    [
        # cosine of [1, 0], the question, and [.6, .8], the one guessed
        ("answer_relevancy", "It weighs 12 kg.", 0.6),
        ("answer_relevancy", "Perhaps.", 0.0),
        # only the second of three passages holds a sentence of the reference: precision at 2
        ("context_precision", "anything", 1 / 2),
        # one of the reference's two sentences stands in a passage
        ("context_recall", "anything", 1 / 2),
        # one claim of two is in the reference, one of the reference's two is in the answer: F1
        ("factual_correctness", "It weighs 12 kg. It is red.", 0.5),
        ("factual_correctness", "It weighs 12 kg. It is blue.", 1.0),
        # "It is red." is wrong, but its passage is not relevant: it holds nothing of the reference
        ("noise_sensitivity", "It weighs 12 kg. It is red.", 0.0),
    ],
)
def test_ragas_gives_the_number_worked_out_by_hand(
    judge: RagasModel, name: str, said: str, by_hand: float
) -> None:
    assert metric(name, judge).value(case(said)) == pytest.approx(by_hand, abs=1e-6)


def test_a_wrong_statement_from_a_relevant_passage_is_noise(judge: RagasModel) -> None:
    """The passage holds the reference's first sentence, so it is relevant, and a wrong one too."""
    passages = ("It weighs 12 kg. It is red.", "Lamps are cheap.")
    noisy = case("It weighs 12 kg. It is red.", passages=passages)
    found = metric("noise_sensitivity", judge)
    assert found.value(noisy) == pytest.approx(1 / 2)
    assert not found.higher_is_better
    assert found.worst(noisy.question) == (1.0, 1.0)
    assert found.best(noisy.question) == (0.0, 1.0)


def test_silence_and_missing_passages_are_settled_without_asking(server: ChatServer) -> None:
    judge, before = judge_at(server), len(server.asked)
    for said in ("", " ", "The passages do not say."):
        for name in ("answer_relevancy", "factual_correctness", "noise_sensitivity"):
            assert metric(name, judge).measure([case(said)]) == [(0.0, 1.0)]
    for name in ("context_precision", "context_recall"):
        nothing = case("x", passages=())
        assert metric(name, judge).measure([nothing]) == [(0.0, 1.0)]
        assert metric(name, judge).measure([replace(nothing, context="external")]) == [None]
    assert len(server.asked) == before


def test_metrics_of_passages_apply_to_retrieved_ones_and_all_but_one_need_a_reference(
    judge: RagasModel,
) -> None:
    bare = question(2, answers=())
    for name in NAMES:
        made = metric(name, judge)
        about_passages = name in ("context_precision", "context_recall", "noise_sensitivity")
        assert made.applies(question(1), "none") is not about_passages
        assert made.applies(question(1), "retrieved")
        assert made.applies(bare, "retrieved") is (name == "answer_relevancy")


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_on_which_the_judge_fails_is_unmeasured_and_no_other(name: str) -> None:
    def faults(n: int, asked: Any) -> Fault:
        return Fault(status=400) if "cursed" in asked.body["messages"][1]["content"] else Fault()

    cursed = case("It is cursed.", passages=("cursed",))
    with ChatServer(truthful, faults) as server:
        made = metric(name, judge_at(server))
        rows = made.measure([cursed, case("It weighs 12 kg."), cursed])
    assert (rows[0], rows[2]) == (None, None)
    assert rows[1] is not None


@pytest.mark.parametrize("name", NAMES)
def test_a_model_that_leaves_things_out_makes_a_number_or_none_but_no_error(name: str) -> None:
    """No statement at all; and of the verdicts on one text one fewer than on the others."""

    def forgetful(messages: Messages) -> str:
        found = json.loads(truthful(messages))
        if "Lamps" in prompt_input(messages[1]["content"]).get("context", ""):
            found["statements"] = found.get("statements", [])[:-1]
        return json.dumps(found)

    def silent(messages: Messages) -> str:
        found = json.loads(truthful(messages))
        return json.dumps({k: [] if isinstance(v, list) else v for k, v in found.items()})

    for reply in (forgetful, silent):
        with ChatServer(reply) as server:
            [row] = metric(name, judge_at(server)).measure([case("It weighs 12 kg. It is red.")])
        assert row is None or 0 <= row[0] <= 1


@pytest.mark.parametrize("name", NAMES)
def test_an_estimate_counts_what_is_then_asked(name: str) -> None:
    cases = [case(f"It weighs {i} kg.") for i in range(3)]
    with ChatServer(truthful) as server:
        judge = judge_at(server)
        made = metric(name, judge)
        usage = made.estimate([*cases, case("")])
        assert not server.asked
        made.measure(cases)
        assert usage.calls == len(server.asked)
        sent = sum(len(m["content"]) for a in server.asked for m in a.body["messages"])
        assert usage.tokens_in == pytest.approx(sent / 4, rel=0.02)
        assert made.estimate(cases) == Usage()


def test_what_one_metric_found_out_the_next_run_does_not_ask(tmp_path: Path) -> None:
    with ChatServer(truthful) as server:
        for _ in range(2):
            judge = judge_at(server)
            judge.remember(tmp_path)
            assert metric("context_recall", judge).value(case("x")) == 0.5
    assert len(server.asked) == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_judge_without_a_model_is_an_error_that_says_what_to_set(name: str) -> None:
    with pytest.raises(ConfigError, match=f"ragas_{name} needs an LLM: set judge: .*type: ragas"):
        metric(name, FakeJudge())


def test_a_memory_around_the_judge_is_looked_through(judge: RagasModel) -> None:
    assert metric("context_recall", Remembered(lambda: judge)).value(case("x")) == 0.5


def test_signatures_name_metric_judge_and_encoder(judge: RagasModel) -> None:
    for name in NAMES:
        told = metric(name, judge).signature
        assert told.startswith("ragas 0.4.3 ")
        assert f" {name}|" in told
        assert judge.signature in told
        assert ("two-ways" in told) is (name == "answer_relevancy")
