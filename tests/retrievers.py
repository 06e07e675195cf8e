"""Retrievers whose rankings are known, to test what is made of others."""

from collections.abc import Sequence
from pathlib import Path

from harness.timing import Stopwatch
from harness.types import Chunk, Hit


class Scored:
    """Returns the scores that were given, by id."""

    def __init__(self, **scores: float) -> None:
        chunks = [(Chunk(id, 0, 1, id), score) for id, score in scores.items()]
        self._hits = sorted((Hit(c, s) for c, s in chunks), key=lambda h: (-h.score, h.chunk.id))
        self.signature = str(scores)

    def index(self, chunks: Sequence[Chunk], folder: Path) -> int | None:
        return 0

    def load(self, chunks: Sequence[Chunk], folder: Path) -> None:
        return None

    def retrieve_many(
        self, questions: Sequence[str], k: int, stopwatch: Stopwatch
    ) -> list[tuple[Hit, ...]]:
        return [tuple(self._hits[:k]) for _ in questions]


class Everything:
    """Returns all passages, in the order of the corpus, with falling scores."""

    signature = "everything"

    def __init__(self) -> None:
        self.asked: list[tuple[list[str], int]] = []

    def index(self, chunks: Sequence[Chunk], folder: Path) -> int | None:
        self.chunks = chunks
        return 0

    def load(self, chunks: Sequence[Chunk], folder: Path) -> None:
        self.chunks = chunks

    def retrieve_many(
        self, questions: Sequence[str], k: int, stopwatch: Stopwatch
    ) -> list[tuple[Hit, ...]]:
        self.asked.append((list(questions), k))
        hits = (Hit(chunk, 1 / rank) for rank, chunk in enumerate(self.chunks[:k], start=1))
        return [tuple(hits)] * len(questions)


def ranked(retriever: object, question: str, k: int = 10) -> list[tuple[str, float]]:
    """Return the documents and scores of one question's hits."""
    [hits] = retriever.retrieve_many([question], k, Stopwatch())  # type: ignore[attr-defined]
    return [(hit.chunk.document_id, hit.score) for hit in hits]
