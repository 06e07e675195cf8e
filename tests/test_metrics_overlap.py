import random
import subprocess
import sys

import numpy as np
import pytest

from harness import registry
from harness.metrics.bleu import Bleu, Chrf
from harness.metrics.bleu_sentence import smoothed, unsmoothed
from harness.metrics.meteor import Meteor
from harness.metrics.rouge import RougeL, RougeLsum, rouge1, rouge2, rouge_l_sum
from harness.protocols import Metric
from harness.types import Case, Prediction, Question

PROSE = (
    "The Aster 2 weighs 5 kg and is made in Norvik.",
    "It is made in Norvik; its weight is 5 kg.",
    "On record: the warranty of the Tarn-40 runs for 1,200 days.\nNoted with care.",
    "Die Röntgenröhre wird in Malmö gebaut, nicht in Århus…",
    "Не знаю.",
    "答案是北京。",
    "Results: p < 0.05 (n = 12); see Fig. 3!",
    "No.",
)
VOCABULARY = "the a cat Cat sat Röntgen 12 1,200 2.5 over … 中文 x-ray it's runs running ."
WORDS = (*VOCABULARY.split(), "", "\n")


def case(said: str, *references: str) -> Case:
    return Case(
        Question("q", "?", references or ("",), split="test-new"),
        Prediction("a", 0, "test-new", "q", said),
        "none",
    )


def value(metric: Metric, said: str, *references: str) -> float:
    [row] = metric.measure([case(said, *references)])
    assert row is not None
    return float(metric.reduce(np.array(row)))


def pairs(count: int, most_references: int = 3) -> list[tuple[str, tuple[str, ...]]]:
    rng = random.Random(count)

    def text() -> str:
        if rng.random() < 0.25:
            return rng.choice(PROSE)
        return " ".join(rng.choices(WORDS, k=rng.randint(0, 25)))

    return [
        (text(), tuple(text() for _ in range(rng.randint(1, most_references))))
        for _ in range(count)
    ]


OVERLAP: dict[str, Metric] = {
    "rouge1": rouge1(),
    "rouge2": rouge2(),
    "rougeL": RougeL(),
    "rougeLsum": RougeLsum(),
}
CORPUS: dict[str, Metric] = {
    "bleu": Bleu(),
    "chrf": Chrf(),
    "bleu_sentence_exp": smoothed(),
    "bleu_sentence_unsmoothed": unsmoothed(),
}
EVERY: dict[str, Metric] = {**OVERLAP, **CORPUS, "meteor": Meteor()}


def test_rouge_by_hand() -> None:
    said, reference = "the cat sat", "the cat ran off"
    assert value(rouge1(), said, reference) == pytest.approx(2 * 2 / 7)
    assert value(rouge2(), said, reference) == pytest.approx(2 * 1 / 5)
    assert value(RougeL(), "sat the cat", reference) == pytest.approx(2 * 2 / 7)


def test_lines_are_matched_across_each_other_in_rouge_lsum() -> None:
    said, reference = [["c", "d"], ["a", "b"]], [["a", "b"], ["c", "d"]]
    assert rouge_l_sum(said, reference) == 1.0
    assert value(RougeL(), "c d\na b", "a b\nc d") == 0.5
    assert value(RougeLsum(), "c d\na b", "a b\nc d") == 1.0


def test_bleu_by_hand() -> None:
    # 5 of 5, 4 of 4, 3 of 3, 2 of 2 n-grams, brevity exp(1 - 6/5)
    assert value(Bleu(), "a b c d e", "a b c d e f") == pytest.approx(100 * np.exp(-0.2))
    assert value(Bleu(), "a b c", "a b c") == 0.0  # no 4-gram
    assert value(Bleu(), "", "a b c d") == 0.0


def test_three_kinds_of_bleu_are_three_numbers() -> None:
    # 3 of 4, 2 of 3 and 1 of 2 n-grams, no 4-gram of 1: exponential smoothing makes it a half
    exp = 100 * (3 / 4 * 2 / 3 * 1 / 2 * 1 / 2) ** 0.25
    assert value(smoothed(), "a b c x", "a b c d") == pytest.approx(exp)
    assert value(unsmoothed(), "a b c x", "a b c d") == 0.0
    assert value(smoothed(), "a b c", "a b c") == pytest.approx(100.0)  # too short: left out
    assert value(unsmoothed(), "a b c", "a b c") == 0.0
    tried = [case("a b c d e", "a b c d e"), case("x", "a b c d e")]
    of_answers, of_corpus = (
        float(metric.reduce(np.array(metric.measure(tried), float).sum(axis=0)))
        for metric in (unsmoothed(), Bleu())
    )
    assert of_answers == 50.0
    assert of_corpus == pytest.approx(100 * np.exp(1 - 10 / 6) * (5 / 6) ** 0.25)


def test_stems_count_as_equal_only_where_asked() -> None:
    for name in ("rouge1", "rouge2", "rougeL", "rougeLsum"):
        plain, stemmed = (registry.create("metric", n, {}) for n in (name, f"{name}_stem"))
        assert value(plain, "running dogs", "runs dog") == 0.0
        assert value(stemmed, "running dogs", "runs dog") == 1.0
        assert plain.signature != stemmed.signature


def test_meteor_by_hand() -> None:
    # three of three and of four words in one chunk: F = 10 P R / (R + 9 P), penalty 0.5 (1/3)^3
    f = 10 * 1 * 0.75 / (0.75 + 9)
    assert value(Meteor(), "the cat sat", "The cat sat down!") == pytest.approx(f * (1 - 0.5 / 27))
    assert value(Meteor(), "running", "runs") == 0.5  # by stem; a single word costs half
    assert value(Meteor(), "", "a cat") == 0.0
    assert value(Meteor(), "dog", "a cat") == 0.0


def test_meteor_says_what_it_matches_and_downloads_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def absent(name: str) -> str:
        raise LookupError(name)

    monkeypatch.setattr("nltk.data.find", absent)
    monkeypatch.setattr("nltk.download", pytest.fail)
    metric = Meteor()
    assert "match:exact+stem|" in metric.signature
    assert value(metric, "car", "automobile") == 0.0


@pytest.mark.parametrize("name", [n for n in EVERY if n != "meteor"])
def test_a_perfect_answer_scores_the_maximum_and_no_other_scores_more(name: str) -> None:
    metric, top = EVERY[name], 100.0 if name in CORPUS else 1.0
    for said, references in pairs(60):
        assert 0 <= value(metric, said, *references) <= top + 1e-9
    assert value(metric, PROSE[0], "something else entirely", PROSE[0]) == pytest.approx(top)


@pytest.mark.parametrize("name", EVERY)
def test_the_order_of_questions_and_references_does_not_matter(name: str) -> None:
    metric, tried = EVERY[name], pairs(40)
    forth = np.array(metric.measure([case(s, *r) for s, r in tried]), float).sum(axis=0)
    back = np.array(metric.measure([case(s, *r[::-1]) for s, r in tried[::-1]]), float).sum(axis=0)
    assert float(metric.reduce(forth)) == pytest.approx(float(metric.reduce(back)), abs=1e-9)


@pytest.mark.parametrize("name", EVERY)
def test_a_failed_answer_is_no_better_than_an_empty_one(name: str) -> None:
    metric = EVERY[name]
    question = Question("q", "?", ("The Aster 2 weighs 5 kg.",))
    worst = metric.worst(question)
    assert worst is not None
    assert float(metric.reduce(np.array(worst))) == value(metric, "", *question.answers) == 0.0


@pytest.mark.parametrize("name", EVERY)
def test_overlap_means_nothing_where_there_is_no_reference(name: str) -> None:
    assert EVERY[name].applies(Question("q", "?", ("x",)), "none")
    assert not EVERY[name].applies(Question("q", "?", (), answerable=False), "retrieved")
    assert not EVERY[name].applies(Question("q", "?", ("x",), answerable=False), "retrieved")


def test_importing_the_metrics_imports_no_torch() -> None:
    names = "abstention answer bleu cosine cosine_tfidf faithfulness meteor ranking rouge usage"
    code = "; ".join(f"import harness.metrics.{name}" for name in names.split())
    code += "; import harness.stages.summaries, sys; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
