"""The verbs of the harness: what each kind of plug-in must do, and no more.

A plug-in is any class with these members; it inherits nothing. Each protocol says what the
caller promises and what it relies on.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from harness.timing import Stopwatch
from harness.types import (
    Case,
    Chunk,
    Completion,
    ContextType,
    Document,
    Failure,
    Hit,
    Message,
    Question,
    Request,
    Stats,
)

Vectors = NDArray[np.float32]
Numbers = NDArray[np.float64]


class Chunker(Protocol):
    """Cuts documents into passages."""

    def chunk(self, document: Document) -> tuple[Chunk, ...]:
        """Return spans of the document in its order; together they cover every sentence."""
        ...


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
    """Finds the nearest of many vectors by inner product."""

    def add(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Store one vector per id; an id twice is an error."""
        ...

    def search(self, vectors: Vectors, k: int) -> list[list[tuple[str, float]]]:
        """Return for each query at most k (id, score), best first, ties broken by id."""
        ...

    def save(self, folder: Path) -> None:
        """Write everything `load` needs into an existing folder."""
        ...

    def load(self, folder: Path) -> None:
        """Read back what `save` wrote."""
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
        """Return for each question at most k hits, best first, ties broken by chunk id.

        Time is booked on the stopwatch as `embed`, `search` and `rerank`.
        """
        ...


class Generator(Protocol):
    """Completes chat prompts."""

    @property
    def window(self) -> int | None:
        """Most tokens of a prompt and its completion together; None where it is unknown."""
        ...

    @property
    def batch_size(self) -> int:
        """How many requests the caller should hand over at a time."""
        ...

    def count_tokens(self, messages: Sequence[Message]) -> int | None:
        """Return the length of the prompt as the model reads it; None where it cannot be known."""
        ...

    def complete_many(
        self, requests: Sequence[Request]
    ) -> Iterator[tuple[int, Completion | Failure]]:
        """Yield (index of the request, outcome) as they are done, each index once.

        The same request gives the same text, whatever stands beside it in the batch.
        """
        ...

    def stream(self, request: Request) -> Iterator[str]:
        """Yield pieces of the completion as they are made; joined they are its text."""
        ...


class Metric(Protocol):
    """Turns cases into rows of statistics, and summed rows into one number."""

    @property
    def unit(self) -> str:
        """`share` (0 to 1), `points` (0 to 100) or the unit itself."""
        ...

    @property
    def higher_is_better(self) -> bool:
        """The direction in which arms are ranked."""
        ...

    @property
    def signature(self) -> str:
        """The settings that make the number, library versions included."""
        ...

    def applies(self, question: Question, context: ContextType) -> bool:
        """Return whether the metric means something here; it never looks at an answer."""
        ...

    def worst(self, question: Question) -> Stats | None:
        """Return the row of a failed answer; None where a failure has no such number (usage)."""
        ...

    def measure(self, cases: Sequence[Case]) -> list[Stats | None]:
        """Return one row per case, all of one length; None where usage was not reported.

        Every case applies and none has failed.
        """
        ...

    def reduce(self, sums: Numbers) -> Numbers:
        """Return the number for summed rows: shape (..., d) to (...), NaN where it is 0/0."""
        ...
