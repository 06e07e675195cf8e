import random
import re
import string
from collections import Counter

import numpy as np
import pytest

from harness.metrics.answer import Contains, ExactMatch, TokenF1
from harness.protocols import Metric
from harness.text.normalize import has_tokens, squad, tokens
from harness.types import Case, Prediction, Question


def value(metric: Metric, said: str, question: Question) -> float:
    [row] = metric.measure([Case(question, Prediction("a", 0, "", question.id, said), "none")])
    assert row is not None
    return float(metric.reduce(np.array(row)))


def question(*answers: str, values: tuple[tuple[str, ...], ...] = (), short: str = "") -> Question:
    return Question("q", "?", answers, values, meta={"short": short} if short else {})


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("It takes 2 hours.", "2 hours"),
        ("It costs 1,200 euros.", "1200"),
        ("It costs 1200 euros.", "1,200 euros"),
        ("It costs 1\u202f200\u202f000 euros.", "1,200,000"),
        ("RÖNTGEN'S TUBE", "Rontgen"),
        ("It weighs 12kg", "12 kg"),
        ("About 5%", "5 percent"),
        ("Minus: −5 °C", "-5 °C"),
        ("made in Norvik", "the Norvik"),
        ("The Tarn 40, not the Tarn-41", "Tarn-40"),
        ("From 3-5 days", "5 days"),
        ("答案是北京。", "北京"),
        ("Vitamin A.", "vitamin a"),
        ("It is so", "it is so"),
    ],
)
def test_a_value_is_found_whatever_its_spelling(text: str, wanted: str) -> None:
    assert has_tokens(text, wanted)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("It takes 12 hours.", "2 hours"),
        ("It takes 2.5 hours.", "2"),
        ("It takes 2.5 hours.", "5 hours"),
        ("It is -5 °C.", "5 °C"),
        ("At 10:30", "30"),
        ("On the 10th", "10"),
        ("He is a carpenter", "car"),
        ("The Tarn 41", "Tarn 40"),
        ("40 Tarn", "Tarn 40"),
        ("1,200", "200"),
        ("grade B", "a grade A"),
        ("anything", ""),
        ("", "anything"),
        ("", ""),
        ("!?", "..."),
    ],
)
def test_a_value_is_not_found_inside_another(text: str, wanted: str) -> None:
    assert not has_tokens(text, wanted)


def test_a_number_that_is_no_thousands_group_stays_a_list() -> None:
    assert tokens("12,34 and 1,2,3 and 2,019") == ["12", "34", "and", "1", "2", "3", "and", "2019"]


def test_every_group_is_wanted_by_any_of_its_aliases() -> None:
    both = question("x", values=(("Ada Roe", "A. Roe"), ("5 kg", "5000 g")))
    assert value(Contains(), "A. Roe says 5000 g.", both) == 1.0
    assert value(Contains(), "A. Roe says so.", both) == 0.0
    assert value(Contains(), "5 kg", both) == 0.0


def test_what_is_looked_for_falls_back_to_the_short_answer_then_to_any_reference() -> None:
    assert value(Contains(), "No, not at all.", question("A long answer", short="no")) == 1.0
    assert value(Contains(), "A long answer", question("A long answer", short="no")) == 0.0
    assert value(Contains(), "It was Paris.", question("Lutetia", "Paris")) == 1.0
    assert not Contains().applies(Question("q", "?", (), answerable=False), "none")
    assert Contains().applies(Question("q", "?", (), (("5 kg",),)), "none")


def test_exact_match_forgives_case_articles_and_punctuation_alone() -> None:
    assert value(ExactMatch(), "the Eiffel Tower!", question("Louvre", "eiffel tower")) == 1.0
    assert value(ExactMatch(), "an eiffel towers", question("eiffel tower")) == 0.0
    assert value(ExactMatch(), "", question("x")) == 0.0


def test_token_f1_by_hand() -> None:
    assert value(TokenF1(), "the cat sat", question("cat ran")) == pytest.approx(0.5)
    assert value(TokenF1(), "cat cat", question("cat")) == pytest.approx(2 / 3)
    assert value(TokenF1(), "", question("cat")) == 0.0
    assert value(TokenF1(), "the", question("a")) == 1.0  # SQuAD 2.0: two empty sides are equal


def official(said: str, reference: str) -> tuple[float, float]:
    """Return exact match and F1 as the SQuAD 2.0 script computes them."""

    def normalised(text: str) -> str:
        text = "".join(c for c in text.lower() if c not in set(string.punctuation))
        return " ".join(re.sub(re.compile(r"\b(a|an|the)\b", re.UNICODE), " ", text).split())

    gold, predicted = normalised(reference).split(), normalised(said).split()
    same = sum((Counter(gold) & Counter(predicted)).values())
    exact = float(normalised(said) == normalised(reference))
    if not gold or not predicted:
        return exact, float(gold == predicted)
    if not same:
        return exact, 0.0
    precision, recall = same / len(predicted), same / len(gold)
    return exact, 2 * precision * recall / (precision + recall)


def test_both_equal_the_official_script_on_random_pairs() -> None:
    rng = random.Random(0)
    vocabulary = "the a An cat, Cat! sat Ünïcode x-ray it's 12 – ."
    words = vocabulary.split()
    for _ in range(1_000):
        said, reference = (" ".join(rng.choices(words, k=rng.randint(0, 6))) for _ in "ab")
        expected = official(said, reference)
        got = tuple(value(m, said, question(reference)) for m in (ExactMatch(), TokenF1()))
        assert got == pytest.approx(expected), (said, reference)


@pytest.mark.parametrize("metric", [ExactMatch(), TokenF1(), Contains()])
def test_a_reference_scores_one_and_nothing_scores_more(metric: Metric) -> None:
    rng = random.Random(1)
    for _ in range(200):
        reference = " ".join(rng.choices(["cat", "12", "Röntgen", "2.5", "kg"], k=3))
        other = " ".join(rng.choices(["cat", "12", "Röntgen", "2.5", "kg"], k=4))
        assert value(metric, reference, question(other, reference)) == 1.0
        assert 0.0 <= value(metric, other, question(reference)) <= 1.0
        assert metric.worst(question(reference)) == (0.0, 1.0)


def test_squad_normalisation_leaves_other_alphabets() -> None:
    assert squad("A «Ünïcode» the—THE") == "«ünïcode» —"
