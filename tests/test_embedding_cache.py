"""What makes embedding faster: texts that are remembered, and numbers of fewer digits."""

from collections.abc import Sequence

import numpy as np
import pytest

from harness.errors import ConfigError
from harness.protocols import Vectors
from harness.retrieval.embedding_cache import EmbeddingCache
from harness.retrieval.minilm import MiniLM
from tests.test_retrieval import Letters


class Counting(Letters):
    def __init__(self) -> None:
        super().__init__()
        self.asked: list[list[str]] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.asked.append(list(texts))
        return super().embed(texts)


def test_each_text_is_embedded_once_and_has_the_vector_it_would_have() -> None:
    of = Counting()
    cached = EmbeddingCache(of)
    texts = ["dog", "cat", "dog"]
    assert np.array_equal(cached.embed(texts), Letters().embed(texts))
    assert np.array_equal(cached.embed(["cow", "cat"]), Letters().embed(["cow", "cat"]))
    assert of.asked == [["dog", "cat"], ["cow"]]
    assert cached.embed([]).shape == (0, cached.dimension)
    assert (cached.signature, cached.count_tokens(["dog"])) == (of.signature, [3])


def test_what_came_last_is_kept_and_the_rest_forgotten() -> None:
    of = Counting()
    cached = EmbeddingCache(of, texts=2)
    cached.embed(["a", "b"])
    cached.embed(["a", "c"])  # b came longest ago
    cached.embed(["a", "c"])
    cached.embed(["b"])
    assert of.asked == [["a", "b"], ["c"], ["b"]]
    many = ["x", "y", "z"]
    assert np.array_equal(cached.embed(many), Letters().embed(many))
    with pytest.raises(ConfigError, match="texts is 0; it must be at least 1"):
        EmbeddingCache(of, texts=0)


def test_bfloat16_vectors_are_of_unit_length_and_near_those_of_float32() -> None:
    texts = ["The cat sleeps on the warm sofa.", "Interest on savings rose.", "oil"]
    full, half = MiniLM(), MiniLM(precision="bfloat16")
    found, wanted = half.embed(texts), full.embed(texts)
    assert np.linalg.norm(found, axis=1) == pytest.approx(1, abs=1e-6)
    assert (found * wanted).sum(axis=1).min() > 0.995
    assert half.signature == f"{full.signature} bfloat16"
