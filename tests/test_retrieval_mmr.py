from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from harness import registry
from harness.errors import ArtefactError, ConfigError
from harness.protocols import Vectors
from harness.retrieval.mmr import MMR
from harness.timing import Stopwatch
from harness.types import Chunk
from tests.retrievers import Everything, ranked


class Drawn:
    """Gives every text a vector of its own, drawn from its letters."""

    signature = "drawn"
    dimension = 5

    def __init__(self) -> None:
        self.embedded = 0

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.embedded += len(texts)
        drawn = [np.random.default_rng(list(text.encode())).normal(size=5) for text in texts]
        rows = np.array(drawn, np.float32).reshape(len(texts), 5)
        unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [1] * len(texts)


CHUNKS = [Chunk(f"d{n:02}", 0, 1, f"text {n}") for n in range(12)]


def made(tmp_path: Path, balance: float, chunks: Sequence[Chunk] = CHUNKS, depth: int = 50) -> MMR:
    retriever = MMR(Everything(), Drawn(), balance, depth)
    retriever.index(chunks, tmp_path)
    return retriever


def by_definition(question: str, balance: float, k: int) -> list[str]:
    """Return the ids picked by the paper's formula, recomputed in full at every step."""
    embed = Drawn().embed
    [q], vectors = embed([question]), embed([chunk.passage for chunk in CHUNKS])
    picked: list[int] = []
    while len(picked) < k:
        gains = {
            n: balance * float(vectors[n] @ q)
            - (1 - balance) * max([0.0, *(float(vectors[n] @ vectors[p]) for p in picked)])
            for n in range(len(CHUNKS))
            if n not in picked
        }
        picked.append(max(gains, key=lambda n: gains[n]))
    return [CHUNKS[n].document_id for n in picked]


@pytest.mark.parametrize("balance", [0.0, 0.3, 0.5, 0.9, 1.0])
def test_passages_are_picked_as_the_definition_says(tmp_path: Path, balance: float) -> None:
    retriever = made(tmp_path, balance)
    for n in range(20):
        if balance:  # with 0 all are alike at first: a tie that the id breaks
            found = ranked(retriever, f"question {n}", k=8)
            assert [id for id, _ in found] == by_definition(f"question {n}", balance, 8)
    scores = [score for _, score in ranked(retriever, "question", k=12)]
    assert scores == sorted(scores, reverse=True)


def test_the_same_text_twice_comes_late_unless_only_the_question_counts(tmp_path: Path) -> None:
    twice = [Chunk("a", 0, 1, "text 3"), Chunk("b", 0, 1, "text 3"), Chunk("c", 0, 1, "text 4")]
    only = made(tmp_path, 1.0, twice)
    first, second, third = (id for id, _ in ranked(only, "text 3"))
    assert (first, second, third) == ("b", "a", "c")  # by lot
    assert [id for id, _ in ranked(made(tmp_path, 0.4, twice), "text 3")] == ["b", "c", "a"]


def test_passages_are_embedded_once_and_time_is_booked(tmp_path: Path) -> None:
    embedder = Drawn()
    retriever = MMR([Everything()], embedder, depth=4)
    retriever.index(CHUNKS, tmp_path)
    watch = Stopwatch()
    for _ in range(2):
        retriever.retrieve_many(["a question", "another"], 3, watch)
    assert embedder.embedded == 2 * 2 + 4
    assert set(watch.seconds) == {"embed", "rerank"}


def test_no_hit_is_no_error_and_k_may_exceed_what_is_there(tmp_path: Path) -> None:
    retriever = registry.create("retriever", "mmr", {"of": "bm25", "embedder": "minilm"})
    retriever.index(CHUNKS, tmp_path)
    assert ranked(retriever, "zebra") == []
    assert len(ranked(retriever, "text", k=99)) == 12
    again = registry.create("retriever", "mmr", {"of": "bm25", "embedder": "minilm"})
    again.load(CHUNKS, tmp_path)
    assert ranked(again, "text") == ranked(retriever, "text")
    with pytest.raises(ArtefactError, match=r"balance=0.5 .*balance=1 "):
        registry.create("retriever", "mmr", {"of": "bm25", "balance": 1}).load(CHUNKS, tmp_path)


def test_impossible_settings_are_named() -> None:
    for balance in (-0.1, 1.1):
        with pytest.raises(ConfigError, match=r"balance=.* must be in 0 to 1"):
            MMR(Everything(), Drawn(), balance)
    with pytest.raises(ConfigError, match="depth=0"):
        MMR(Everything(), Drawn(), depth=0)
