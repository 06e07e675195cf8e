import numpy as np
import pytest

from harness.errors import DataError
from harness.metrics.cosine_lsa import CosineCoverageLsa, CosineLsa
from harness.metrics.lsa import DIMENSIONS, Lsa
from harness.protocols import Metric
from harness.text.normalize import tokens
from harness.types import Case, Prediction, Question

CORPUS = [
    "The doctor treats the fever with rest.",
    "A physician treats a fever with water and rest.",
    "The engine of the car needs oil.",
    "A motor needs oil and petrol.",
    "The doctor drives a car.",
]


def value(metric: Metric, said: str, *references: str) -> float:
    case = Case(Question("q", "?", references), Prediction("a", 0, "", "q", said), "none")
    [row] = metric.measure([case])
    assert row is not None
    return row[0]


def by_hand(texts: list[str], dimensions: int) -> np.ndarray:
    """Return unit vectors by numpy's own decomposition of a weight matrix built word by word."""
    words = sorted({word for text in CORPUS for word in tokens(text)})
    held = np.array([sum(w in tokens(t) for t in CORPUS) for w in words])
    idf = np.log((1 + len(CORPUS)) / (1 + held)) + 1

    def weights(rows: list[str]) -> np.ndarray:
        table = np.array([[tokens(t).count(w) for w in words] for t in rows]) * idf
        return np.asarray(table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-12))

    _, _, directions = np.linalg.svd(weights(CORPUS), full_matrices=False)
    seen = weights(texts) @ directions[:dimensions].T
    return np.asarray(seen / np.linalg.norm(seen, axis=1, keepdims=True))


def test_the_encoder_is_the_decomposition_that_numpy_gives() -> None:
    """Directions have no sign, so cosines are compared and not the vectors."""
    lsa = Lsa(CORPUS)
    assert lsa.dimension == min(DIMENSIONS, len(CORPUS))
    texts = [*CORPUS, "A fever needs a physician.", "Oil for the car"]
    ours, theirs = lsa.embed(texts), by_hand(texts, lsa.dimension)
    assert np.allclose(ours @ ours.T, theirs @ theirs.T, atol=1e-5)


def test_vectors_have_length_one_and_unknown_words_have_none() -> None:
    vectors = Lsa(CORPUS).embed(["the doctor", "xyzzy", ""])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 0, 0], abs=1e-6)
    assert Lsa(CORPUS).embed([]).shape == (0, 5)


def test_the_same_corpus_gives_the_same_vectors_and_another_one_another_signature() -> None:
    first, again = Lsa(CORPUS), Lsa(CORPUS)
    assert np.array_equal(first.embed(CORPUS), again.embed(CORPUS))
    assert first.signature == again.signature != Lsa(CORPUS[:3]).signature


@pytest.mark.parametrize("metric", [CosineLsa(CORPUS), CosineCoverageLsa(CORPUS)])
def test_a_reference_scores_one_and_nothing_zero(metric: Metric) -> None:
    assert value(metric, CORPUS[0], CORPUS[0]) == pytest.approx(1, abs=1e-6)
    assert value(metric, "", CORPUS[0]) == 0
    assert value(metric, "xyzzy", CORPUS[0]) == 0
    assert value(metric, CORPUS[2], CORPUS[0]) < value(metric, CORPUS[1], CORPUS[0])
    assert value(metric, CORPUS[2], CORPUS[0], CORPUS[2]) == pytest.approx(1, abs=1e-6)


def test_coverage_is_the_mean_over_the_sentences_said() -> None:
    whole, metric = CosineLsa(CORPUS), CosineCoverageLsa(CORPUS)
    both = f"{CORPUS[0]} {CORPUS[2]}"
    alone = [value(whole, said, CORPUS[0]) for said in (CORPUS[0], CORPUS[2])]
    assert value(metric, both, CORPUS[0]) == pytest.approx(sum(alone) / 2, abs=1e-6)


def test_the_signature_names_the_encoder() -> None:
    assert CosineLsa(CORPUS).signature.startswith("cosine_lsa|")
    assert CosineCoverageLsa(CORPUS).signature.startswith("cosine_coverage_lsa|")
    assert "lsa of 5 texts" in CosineLsa(CORPUS).signature


def test_a_corpus_without_words_is_refused_in_one_line() -> None:
    with pytest.raises(DataError, match="needs words"):
        value(CosineLsa(["...", "word"]), "word", "word")
