"""Texts to vectors, vectors to neighbours, questions to passages."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from harness.timing import Stopwatch
from harness.types import Chunk, Hit

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Turns texts into vectors."""

    @property
    def signature(self) -> str:
        """Model, dimension and pooling: two embedders with one signature give the same vectors."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return shape (len(texts), dimension), rows of unit length, in the order given."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens the model reads for each text."""
        ...


class VectorStore(Protocol):
    """Finds the nearest of many vectors by inner product; holds one collection at a time.

    Vectors have unit length, so scores lie in [-1, 1] and compare between stores.
    """

    @property
    def signature(self) -> str:
        """The kind of store and all settings that a ranking depends on; no address."""
        ...

    @property
    def count(self) -> int:
        """How many vectors are stored."""
        ...

    def create(self, name: str, dimension: int, embedder: str = "") -> None:
        """Begin an empty collection, in place of what is left of one of that name.

        A name has lower-case letters, digits and `_`; the embedder is named in errors.
        """
        ...

    def add(
        self,
        ids: Sequence[str],
        vectors: Vectors,
        metadata: Sequence[Mapping[str, str]] | None = None,
    ) -> None:
        """Store one vector per id, with what it can be filtered by; an id twice is an error."""
        ...

    def upsert(
        self,
        ids: Sequence[str],
        vectors: Vectors,
        metadata: Sequence[Mapping[str, str]] | None = None,
    ) -> None:
        """Store one vector per id, in place of the one with that id; a search sees it at once."""
        ...

    def delete(self, ids: Sequence[str]) -> None:
        """Remove vectors, which no search returns again; an unknown id is an error."""
        ...

    def search(
        self, vectors: Vectors, k: int, where: Mapping[str, str] | None = None
    ) -> list[list[tuple[str, float]]]:
        """Return for each query at most k (id, score), best first, ties broken by id.

        Only vectors with all of the metadata in `where` are looked at; k below 1, or a field
        that no vector has, is an error. Several threads may search at once.
        """
        ...

    def save(self, folder: Path) -> None:
        """Write everything `load` needs into an existing folder; it may be moved afterwards."""
        ...

    def load(self, folder: Path) -> None:
        """Read back what `save` wrote, which stays as it is; what is not whole is an error."""
        ...

    def close(self) -> None:
        """Let go of files and connections; the store can begin or load a collection again."""
        ...


class Retriever(Protocol):
    """Finds the chunks of a corpus that bear on a question."""

    @property
    def signature(self) -> str:
        """All that a ranking depends on besides the chunks; an index is checked against it."""
        ...

    def index(self, chunks: Sequence[Chunk], folder: Path) -> int | None:
        """Build the index, leave it in an existing folder and be ready, as after `load`.

        Returns the tokens that were embedded; None where they are unknown.
        """
        ...

    def load(self, chunks: Sequence[Chunk], folder: Path) -> None:
        """Read back what `index` left, for the same chunks in the same order."""
        ...

    def retrieve_many(
        self, questions: Sequence[str], k: int, stopwatch: Stopwatch
    ) -> list[tuple[Hit, ...]]:
        """Return for each question at most k hits, best first.

        Equal scores go by `retrieval.ranking.tie_break`, which no order of the corpus can sway.

        Time is booked on the stopwatch as `embed`, `search` and `rerank`.
        """
        ...
