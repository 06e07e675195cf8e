from dataclasses import replace

import numpy as np
import pytest

from harness.metrics.abstention import AbstentionPrecision, AbstentionRecall
from harness.metrics.usage import tokens_in, tokens_out
from harness.protocols import Metric
from harness.types import Case, Prediction, Question

REFUSAL = "The passages do not say."


def case(said: str, *, answerable: bool = True) -> Case:
    question = Question("q", "?", ("x",) if answerable else (), gold=("d",), answerable=answerable)
    prediction = Prediction("a", 0, "", "q", said, tokens_in=120, tokens_out=7)
    return Case(question, prediction, "retrieved")


def value(metric: Metric, *cases: Case) -> float:
    rows = np.array(metric.measure(cases), float)
    return float(metric.reduce(rows.sum(axis=0)))


def test_abstention_by_hand() -> None:
    right, wrong = case(REFUSAL, answerable=False), case(REFUSAL)
    answered, invented = case("5 kg."), case("5 kg.", answerable=False)
    cases = [right, right, wrong, answered, answered, invented]
    assert value(AbstentionPrecision(), *cases) == pytest.approx(2 / 3)
    assert value(AbstentionRecall(), right, right, invented) == pytest.approx(2 / 3)


def test_abstention_precision_is_undefined_without_refusals_or_with_one_kind_of_question() -> None:
    assert np.isnan(value(AbstentionPrecision(), case("5 kg."), case("5 kg.", answerable=False)))
    assert np.isnan(value(AbstentionPrecision(), case(REFUSAL, answerable=False)))
    assert np.isnan(value(AbstentionPrecision(), case(REFUSAL)))


def test_abstention_recall_is_about_unanswerable_questions() -> None:
    assert AbstentionRecall().applies(Question("q", "?", (), answerable=False), "none")
    assert not AbstentionRecall().applies(Question("q", "?", ("x",)), "none")


def test_a_failure_is_the_wrong_kind_of_answer_to_both() -> None:
    question = Question("q", "?", (), answerable=False)
    good = np.array([1.0, 1.0, 1.0, 0.0]) + np.array([0.0, 0.0, 0.0, 1.0])
    precision, recall = AbstentionPrecision(), AbstentionRecall()
    assert float(precision.reduce(good)) == 1.0
    assert float(precision.reduce(good + np.array(precision.worst(question)))) == 0.5
    assert recall.worst(question) == (0.0, 1.0)


def test_tokens_are_averaged_as_reported() -> None:
    assert value(tokens_in(), case("x"), case("y")) == 120.0
    assert value(tokens_out(), case("x")) == 7.0


def test_usage_that_was_not_reported_is_unmeasured_and_a_failure_has_none() -> None:
    told = case("x")
    untold = replace(told, prediction=replace(told.prediction, tokens_out=None))
    assert tokens_out().measure([untold, told]) == [None, (7.0, 1.0)]
    assert tokens_out().worst(told.question) is None
    assert not tokens_out().higher_is_better
