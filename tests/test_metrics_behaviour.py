from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from harness.metrics.abstention import AbstentionPrecision, AbstentionRecall
from harness.metrics.faithfulness import gold, retrieved, supported_share
from harness.metrics.usage import tokens_in, tokens_out
from harness.protocols import Metric
from harness.types import Case, ContextType, Prediction, Question

ASTER = (
    "Aster 2: The Aster 2 is made in Norvik. It weighs 5 kg and was designed by Ada Roe in 2019."
)
TARN = "Tarn 40: The Tarn 40 weighs 1,200 g. Its warranty runs for three years."
REFUSAL = "The passages do not say."


def case(
    said: str,
    passages: Sequence[str] = (),
    gold_texts: Sequence[str] = (),
    *,
    answerable: bool = True,
    context: ContextType = "retrieved",
) -> Case:
    question = Question("q", "?", ("x",) if answerable else (), gold=("d",), answerable=answerable)
    prediction = Prediction("a", 0, "", "q", said, tokens_in=120, tokens_out=7)
    return Case(question, prediction, context, (), tuple(passages), tuple(gold_texts))


def value(metric: Metric, *cases: Case) -> float:
    rows = np.array(metric.measure(cases), float)
    return float(metric.reduce(rows.sum(axis=0)))


def test_a_sentence_from_the_passage_is_supported() -> None:
    assert supported_share("The Aster 2 weighs 5 kg.", [TARN, ASTER]) == 1.0
    assert supported_share("It was designed by Ada Roe in 2019.", [ASTER]) == 1.0
    assert supported_share("The Tarn 40 weighs 1200 g.", [ASTER, TARN]) == 1.0


@pytest.mark.parametrize(
    "sentence",
    [
        "The Aster 2 weighs 6 kg.",
        "The Aster 2 was designed by Bo Roe.",
        "The Aster 2 is made in Malmo.",
        "The Aster 2 measures humidity under water for divers.",
        "The Tarn 40 weighs 5 kg.",  # its words are in two passages, in neither all
    ],
)
def test_a_swapped_number_or_name_is_not_supported(sentence: str) -> None:
    assert supported_share(sentence, [ASTER, TARN]) == 0.0


def test_the_share_is_over_sentences() -> None:
    said = "The Aster 2 weighs 5 kg. The Aster 2 weighs 9 kg."
    assert supported_share(said, [ASTER]) == 0.5


def test_a_stock_phrase_is_no_claim_beside_one_but_is_one_alone() -> None:
    assert supported_share("On record: the Aster 2 weighs 5 kg. Noted with care.", [ASTER]) == 1.0
    assert supported_share("Noted with care.", [ASTER]) == 0.0


def test_the_lead_of_an_answer_is_no_part_of_its_claim() -> None:
    for lead in ("On record: ", "According to the text: ", ""):
        assert supported_share(f"{lead}The Aster 2 weighs 5 kg.", [ASTER]) == 1.0
    assert supported_share("Aster 3: It weighs 5 kg.", [ASTER]) == 0.0


def test_nothing_supports_an_answer_without_claims_or_without_passages() -> None:
    assert supported_share("", [ASTER]) == 0.0
    assert supported_share("It is.", [ASTER]) == 0.0
    assert supported_share("The Aster 2 weighs 5 kg.", []) == 0.0


def test_one_judge_has_two_targets() -> None:
    told = case("The Aster 2 weighs 5 kg.", [TARN], [ASTER])
    assert (value(retrieved(), told), value(gold(), told)) == (0.0, 1.0)


def test_a_refusal_is_faithful_only_where_there_is_no_answer() -> None:
    assert value(retrieved(), case(REFUSAL, [TARN])) == 0.0
    assert value(retrieved(), case(REFUSAL, [TARN], answerable=False)) == 1.0
    assert value(retrieved(), case("", [TARN], answerable=False)) == 0.0


def test_faithfulness_needs_a_text_to_be_faithful_to() -> None:
    question = Question("q", "?", ("x",), gold=("d",))
    assert not retrieved().applies(question, "none")
    assert retrieved().applies(question, "wrong")
    assert gold().applies(question, "none")
    assert not gold().applies(replace(question, gold=()), "retrieved")
    assert retrieved().measure([case("It weighs 5 kg.", context="external")]) == [None]


@pytest.mark.parametrize("metric", [retrieved(), gold()])
def test_a_text_is_faithful_to_itself_and_more_passages_never_hurt(metric: Metric) -> None:
    for text in (ASTER, TARN):
        assert value(metric, case(text, [text], [text])) == 1.0
        assert value(metric, case(text, [ASTER, TARN], [ASTER, TARN])) == 1.0


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
