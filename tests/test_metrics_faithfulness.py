from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from harness.metrics.faithfulness import gold, retrieved, supported_share
from harness.protocols import Metric
from harness.types import Case, Claim, ContextType, Judgement, JudgementStatus, Prediction, Question
from tests.fake_judge import FakeJudge

ASTER = "Aster 2: It weighs 5 kg. It is made in Norvik."
TARN = "Tarn 40: It weighs 1200 g."
REFUSAL = "I do not know."
JUDGE = FakeJudge()


def case(
    said: str,
    passages: Sequence[str] = (),
    gold_texts: Sequence[str] = (),
    *,
    answerable: bool = True,
    context: ContextType = "retrieved",
) -> Case:
    question = Question("q", "?", ("x",) if answerable else (), gold=("d",), answerable=answerable)
    prediction = Prediction("a", 0, "", "q", said)
    return Case(question, prediction, context, (), tuple(passages), tuple(gold_texts))


def value(metric: Metric, *cases: Case) -> float:
    rows = np.array(metric.measure(cases), float)
    return float(metric.reduce(rows.sum(axis=0)))


def test_the_share_is_over_claims() -> None:
    said = "It weighs 5 kg. It is made in Norvik. It is red. It is cheap"
    assert value(retrieved(JUDGE), case(said, [TARN, ASTER])) == 0.5


def test_the_mean_is_over_questions_and_not_over_claims() -> None:
    long, short = case("It weighs 5 kg. It is red", [ASTER]), case("It weighs 5 kg", [ASTER])
    assert value(retrieved(JUDGE), long, short) == 0.75


def test_one_judge_has_two_targets() -> None:
    told = case("It weighs 5 kg", [TARN], [ASTER])
    assert (value(retrieved(JUDGE), told), value(gold(JUDGE), told)) == (0.0, 1.0)


def test_an_arm_that_reads_nothing_is_judged_by_the_gold_documents() -> None:
    told = case("It weighs 5 kg", (), [ASTER], context="none")
    assert gold(JUDGE).applies(told.question, "none")
    assert value(gold(JUDGE), told) == 1.0


@pytest.mark.parametrize(
    ("status", "answerable", "share"),
    [
        ("refusal", True, 0.0),
        ("refusal", False, 1.0),
        ("no claims", True, 0.0),
        ("no claims", False, 0.0),
        ("judge error", True, None),
        ("timeout", True, None),
        ("truncated", False, None),
    ],
)
def test_an_answer_without_verdicts_counts_as_the_definition_says(
    status: JudgementStatus, answerable: bool, share: float | None
) -> None:
    question = case("", answerable=answerable).question
    assert supported_share(Judgement(status), question) == share


def test_claims_of_a_judge_in_trouble_are_not_counted() -> None:
    half = Judgement("truncated", (Claim("It weighs 5 kg", True, 1.0),))
    assert supported_share(half, case("").question) is None


def test_an_empty_answer_supports_nothing_and_a_refusal_is_right_where_there_is_no_answer() -> None:
    metric = retrieved(JUDGE)
    assert value(metric, case("", [ASTER], answerable=False)) == 0.0
    assert value(metric, case(REFUSAL, [ASTER])) == 0.0
    assert value(metric, case(REFUSAL, [ASTER], answerable=False)) == 1.0


def test_only_the_answer_that_the_judge_failed_on_is_unmeasured() -> None:
    rows = retrieved(JUDGE).measure(
        [case("It weighs 5 kg", [ASTER]), case("broken", [ASTER]), case("It is red", [ASTER])]
    )
    assert rows == [(1.0, 1.0), None, (0.0, 1.0)]


def test_faithfulness_needs_a_text_to_be_faithful_to() -> None:
    question = Question("q", "?", ("x",), gold=("d",))
    assert not retrieved(JUDGE).applies(question, "none")
    assert retrieved(JUDGE).applies(question, "wrong")
    assert not gold(JUDGE).applies(replace(question, gold=()), "retrieved")


def test_an_external_arm_that_told_no_passages_is_not_put_to_the_judge() -> None:
    untold = case("It weighs 5 kg", context="external")
    assert retrieved(JUDGE).statement(untold) is None
    assert retrieved(JUDGE).measure([untold]) == [None]
    assert np.isnan(retrieved(JUDGE).value(untold))


def test_the_signature_names_target_rules_and_judge() -> None:
    assert gold(JUDGE).signature == (
        "faithfulness_gold|refusal:1 if unanswerable else 0|no claims:0|judge:fake|strictness:0"
    )
