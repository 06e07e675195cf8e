from collections.abc import Sequence
from dataclasses import replace

import pytest

from harness.metrics.abstention import AbstentionPrecision
from harness.metrics.answer import Contains, ExactMatch
from harness.metrics.bleu import Bleu
from harness.metrics.faithfulness import gold
from harness.metrics.ranking import ndcg
from harness.metrics.usage import tokens_in
from harness.protocols import Metric
from harness.stages.scores import score
from harness.types import Case, ContextType, Failure, Prediction, Question, Stats
from tests.fake_judge import FakeJudge

METRICS: dict[str, Metric] = {
    "contains": Contains(),
    "bleu": Bleu(),
    "ndcg@10": ndcg(10),
    "tokens_in": tokens_in(),
}


def case(
    said: str, arm: str = "rag", context: ContextType = "retrieved", *, answerable: bool = True
) -> Case:
    question = Question(
        "q", "?", ("5 kg",) if answerable else (), (), ("d",), answerable, "test-new"
    )
    return Case(question, Prediction(arm, 0, "test-new", "q", said, tokens_in=9), context, ("d",))


def failed(of: Case) -> Case:
    failure = Failure("timeout", "no answer in 30 s", transient=True)
    return replace(of, prediction=replace(of.prediction, text="", tokens_in=None, failure=failure))


def test_every_case_gets_a_row_for_every_metric() -> None:
    cases = [case("5 kg"), failed(case("", "base", "none")), case("no", answerable=False)]
    rows = score(cases, METRICS)
    assert [(r.metric, r.arm) for r in rows] == [
        (metric, arm) for metric in METRICS for arm in ("rag", "base", "rag")
    ]


def test_a_failure_keeps_the_worst_row() -> None:
    [row] = score([failed(case(""))], {"contains": Contains()})
    assert (row.status, row.value, row.stats) == ("failed", 0.0, (0.0, 1.0))


def test_a_failure_has_no_usage() -> None:
    [row] = score([failed(case(""))], {"tokens_in": tokens_in()})
    assert (row.status, row.value, row.stats) == ("failed", None, ())


def test_what_a_metric_applies_to_does_not_depend_on_the_answer() -> None:
    for said in ("", "5 kg", "I do not know."):
        for of in (case(said, context="none"), failed(case(said, context="none"))):
            statuses = {row.metric: row.status for row in score([of], METRICS)}
            assert statuses["ndcg@10"] == "not applicable"
            assert statuses["contains"] != "not applicable"
    [row] = score([case("5 kg", answerable=False)], {"contains": Contains()})
    assert (row.status, row.value, row.stats) == ("not applicable", None, ())


def test_unreported_usage_is_unmeasured() -> None:
    of = case("5 kg")
    of = replace(of, prediction=replace(of.prediction, tokens_in=None))
    [row] = score([of], {"tokens_in": tokens_in()})
    assert (row.status, row.value) == ("unmeasured", None)


def test_an_answer_on_which_the_judge_fails_is_unmeasured_and_a_failed_one_is_not_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(FakeJudge, "asked", [])
    rows = score(
        [case("broken"), case("It is red"), failed(case("It is big"))],
        {"faithfulness_gold": gold(FakeJudge())},
    )
    assert [(row.status, row.value) for row in rows] == [
        ("unmeasured", None), ("ok", 0.0), ("failed", 0.0),
    ]  # fmt: skip
    assert {statement.answer for statement in FakeJudge.asked} == {"broken", "It is red"}


def test_a_question_that_defines_no_value_alone_still_counts() -> None:
    [row] = score([case("5 kg")], {"abstention_precision": AbstentionPrecision()})
    assert (row.status, row.value, row.stats) == ("ok", None, (0.0, 0.0, 0.0, 1.0))


def test_the_value_is_what_the_row_reduces_to() -> None:
    reference = "the Aster weighs 5 kg"
    of = case("the Aster weighs 4 kg")
    of = replace(of, question=replace(of.question, answers=(reference,)))
    [row] = score([of], {"bleu": Bleu()})
    assert row.stats[:2] == (5.0, 5.0)
    assert row.value == pytest.approx(100 * (4 / 5 * 2 / 4 * 1 / 3 * 0.5 / 2) ** 0.25)


def test_no_cases_and_no_metrics_give_no_rows() -> None:
    assert score([], METRICS) == []
    assert score([case("x")], {}) == []


class Faulty(ExactMatch):
    def __init__(self, rows: list[Stats | None]) -> None:
        self._rows = rows

    def measure(self, cases: Sequence[Case]) -> list[Stats | None]:
        return self._rows


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "0 rows for 1 cases"),
        ([(1.0, 1.0), (1.0, 1.0)], "2 rows for 1 cases"),
        ([(float("nan"), 1.0)], "question 'q', arm 'rag', is not finite"),
    ],
)
def test_a_metric_that_breaks_its_promise_is_named(rows: list[Stats | None], message: str) -> None:
    with pytest.raises(ValueError, match=f"metric 'odd': .*{message}"):
        score([case("5 kg")], {"odd": Faulty(rows)})


def test_rows_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        score([case("5 kg"), failed(case(""))], {"odd": Faulty([(1.0,)])})
