import math
from collections.abc import Sequence

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import cosine_similarity

from harness.metrics.cosine import Cosine, CosineCoverage
from harness.metrics.cosine_tfidf import CosineTfidf
from harness.protocols import Metric, Vectors
from harness.text.normalize import tokens
from harness.types import Case, Prediction, Question

CORPUS = ["The cat sat on the mat.", "The dog ran.", "A cat and a dog", "Röntgen, 1,200 times"]


class Angles:
    """Embeds a text, which is a number, as the unit vector at that many degrees."""

    signature = "angles-2"
    dimension = 2

    def __init__(self) -> None:
        self.seen: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.seen += texts
        angles = [math.radians(float(text.strip() or 0)) for text in texts]
        return np.array([(math.cos(a), math.sin(a)) for a in angles], np.float32)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [1 for _ in texts]


def case(said: str, *references: str, id: str = "q") -> Case:
    return Case(Question(id, "?", references), Prediction("a", 0, "", id, said), "none")


def values(metric: Metric, *cases: Case) -> list[float]:
    return [row[0] for row in metric.measure(cases) if row]


def test_cosine_is_that_of_the_nearest_reference() -> None:
    assert values(Cosine(Angles()), case("0", "90", "60", "180")) == pytest.approx([0.5])


def test_a_negative_cosine_and_an_empty_answer_count_as_zero() -> None:
    assert values(Cosine(Angles()), case("0", "180"), case("", "0"), case("  ", "0")) == [0, 0, 0]


def test_each_text_is_embedded_once_and_the_encoder_is_named() -> None:
    embedder = Angles()
    values(Cosine(embedder), case("0", "90"), case("90", "0", "90"))
    assert embedder.seen == ["0", "90"]
    assert "encoder:angles-2" in Cosine(embedder).signature


def test_coverage_is_the_mean_over_the_sentences_said() -> None:
    # 0° is nearest to 60°, 90° to 60°: mean of cos 60° and cos 30°
    expected = (0.5 + math.sqrt(3) / 2) / 2
    said = case("0\n\n90", "180\n\n60", "180")
    assert values(CosineCoverage(Angles()), said) == pytest.approx([expected])


def test_coverage_asks_nothing_of_the_sentences_that_are_left_unsaid() -> None:
    assert values(CosineCoverage(Angles()), case("0", "90\n\n0")) == pytest.approx([1.0])
    assert values(CosineCoverage(Angles()), case("0", "180"), case("", "0")) == [0, 0]


def test_each_sentence_is_embedded_once_for_coverage() -> None:
    embedder = Angles()
    values(CosineCoverage(embedder), case("0\n\n90", "0\n\n0"), case("90", "0\n\n60"))
    assert embedder.seen == ["0", "60", "90"]
    assert "encoder:angles-2" in CosineCoverage(embedder).signature


def test_tfidf_equals_scikit_learn_where_all_words_are_known() -> None:
    references, said = CORPUS[::-1], ["cat on the mat", "dog dog", "a cat", "times"]
    tfidf = TfidfVectorizer(analyzer=tokens).fit(CORPUS)
    expected = cosine_similarity(tfidf.transform(said), tfidf.transform(references)).diagonal()
    cases = [case(s, r, id=str(i)) for i, (s, r) in enumerate(zip(said, references, strict=True))]
    assert values(CosineTfidf(CORPUS), *cases) == pytest.approx(expected.tolist())


def test_tfidf_by_hand() -> None:
    # one text in the fit: every word weighs 1, an unknown one 1 + ln 2
    new = 1 + math.log(2)
    expected = 1 / (math.sqrt(1 + new * new) * math.sqrt(2))
    assert values(CosineTfidf(["a b"]), case("a z", "a b")) == pytest.approx([expected])


def test_tfidf_of_a_case_does_not_depend_on_the_cases_beside_it() -> None:
    alone = values(CosineTfidf(CORPUS), case("the cat ran", "the dog ran"))
    beside = values(
        CosineTfidf(CORPUS), case("the cat ran", "the dog ran"), case("new words", "more", id="r")
    )
    assert alone == beside[:1]


def test_tfidf_says_what_it_was_fitted_on() -> None:
    assert "of 4 texts" in CosineTfidf(CORPUS).signature
    assert CosineTfidf(CORPUS).signature != CosineTfidf(CORPUS[:3]).signature
    assert "of references" in CosineTfidf().signature


@pytest.mark.parametrize("metric", [CosineTfidf(), CosineTfidf(CORPUS)])
def test_tfidf_runs_from_zero_for_nothing_shared_to_one_for_the_same(metric: Metric) -> None:
    cases = [
        case("the cat", "dog", "The cat!"),
        case("", "cat", id="t"),
        case("mat", "dog", id="r"),
        case("!", "?", id="s"),
    ]
    assert values(metric, *cases) == pytest.approx([1.0, 0.0, 0.0, 0.0])
