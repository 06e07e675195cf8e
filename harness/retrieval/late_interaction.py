"""Late interaction: passages ranked again, word by word (Khattab and Zaharia 2020)."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np

from harness.errors import ConfigError
from harness.protocols import Embedder, Retriever, Vectors
from harness.retrieval.members import Wrapped
from harness.retrieval.minilm import MiniLM
from harness.retrieval.ranking import best_hits, check_k
from harness.retrieval.token_vectors import TokenVectors
from harness.timing import Stopwatch
from harness.types import Chunk, Hit

_BLOCK = 256
"""Passages embedded at a time, so that their vectors fit into memory."""

_DECIMALS = 5
"""Vectors differ beyond these by the company a question was embedded in only."""


@runtime_checkable
class TokenEmbedder(Embedder, Protocol):
    """Turns texts into a vector per token."""

    def embed_tokens(self, texts: Sequence[str]) -> list[Vectors]:
        """Return shape (tokens, n) for each text, rows of unit length."""
        ...


class LateInteraction(Wrapped):
    """Ranks the first hits of a retriever by how well the question's tokens are matched.

    A passage's score is the mean, over the tokens of the question, of the cosine with the token of
    the passage that is nearest to it. The vectors of the passages' tokens are made with the index.
    """

    def __init__(
        self,
        of: Retriever | Sequence[Retriever],
        embedder: Embedder | None = None,
        depth: int = 50,
    ) -> None:
        """Keep the parts.

        Args:
            of: The retriever whose hits are ranked again.
            embedder: Whose token vectors are compared; MiniLM where none is given.
            depth: How many hits are ranked again, or k where that is more.

        Raises:
            ConfigError: The embedder has no vectors of tokens, or the depth is below 1.
        """
        super().__init__(of, "late-interaction")
        chosen = embedder or MiniLM()
        if not isinstance(chosen, TokenEmbedder):
            raise ConfigError(
                "retriever 'late-interaction': this embedder gives no vectors of tokens; "
                "name one of the type 'sentence-transformers'"
            )
        if depth < 1:
            raise ConfigError(f"retriever 'late-interaction': depth={depth} must be at least 1")
        self._embedder: TokenEmbedder = chosen
        self._depth = depth

    @property
    def signature(self) -> str:
        """Settings, embedder and member."""
        return (
            f"late-interaction depth={self._depth} {self._embedder.signature} "
            f"of [{self._of.signature}]"
        )

    def index(self, chunks: Sequence[Chunk], folder: Path) -> int | None:
        """Index the member and embed the tokens of every passage; return the tokens of both."""
        place = folder / "tokens"
        place.mkdir(exist_ok=True)
        self._vectors = TokenVectors.write(place, self._embedded([c.passage for c in chunks]))
        tokens = super().index(chunks, folder)
        self._number(chunks)
        own = sum(self._embedder.count_tokens([chunk.passage for chunk in chunks]))
        return None if tokens is None else tokens + own

    def load(self, chunks: Sequence[Chunk], folder: Path) -> None:
        """Read back what `index` left."""
        super().load(chunks, folder)
        self._vectors = TokenVectors(folder / "tokens")
        self._number(chunks)

    def retrieve_many(
        self, questions: Sequence[str], k: int, stopwatch: Stopwatch
    ) -> list[tuple[Hit, ...]]:
        """Return the k best of the first hits; scores lie in [-1, 1]."""
        check_k(k)
        found = self._of.retrieve_many(questions, max(k, self._depth), stopwatch)
        with stopwatch.span("rerank"):
            asked = self._embedder.embed_tokens(questions)
            return [
                best_hits(self._scored(question, hits), k)
                for question, hits in zip(asked, found, strict=True)
            ]

    def _scored(self, question: Vectors, hits: Sequence[Hit]) -> Iterator[Hit]:
        """Yield the hits with their new scores; a text without a token matches nothing."""
        for hit in hits:
            passage = self._vectors.of(self._row_of[hit.chunk.id])
            score = 0.0
            if len(question) and len(passage):
                score = float(np.max(question @ passage.T, axis=1).mean())
            yield Hit(hit.chunk, round(score, _DECIMALS) + 0.0)

    def _embedded(self, passages: Sequence[str]) -> Iterator[Vectors]:
        for start in range(0, len(passages), _BLOCK):
            yield from self._embedder.embed_tokens(passages[start : start + _BLOCK])

    def _number(self, chunks: Sequence[Chunk]) -> None:
        self._row_of = {chunk.id: row for row, chunk in enumerate(chunks)}
