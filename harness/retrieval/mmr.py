"""Maximal marginal relevance: passages that are near and unlike (Carbonell, Goldstein 1998)."""

from collections.abc import Iterator, Sequence

import numpy as np

from harness.errors import ConfigError
from harness.protocols import Embedder, Retriever, Vectors
from harness.retrieval.members import Wrapped
from harness.retrieval.minilm import MiniLM
from harness.retrieval.ranking import check_k, tie_break
from harness.timing import Stopwatch
from harness.types import Hit

_DECIMALS = 6
"""Cosines differ beyond these by the order of summation only: equal passages tie."""


class MMR(Wrapped):
    """Picks of a retriever's first hits one after the other, each unlike those picked before.

    What is picked next has the highest of `balance` x cosine with the question, less
    (1 - `balance`) x the highest cosine with anything picked, at least 0. That number is its
    score, and it never rises. The retriever decides only what there is to pick from.
    """

    def __init__(
        self,
        of: Retriever | Sequence[Retriever],
        embedder: Embedder | None = None,
        balance: float = 0.5,
        depth: int = 50,
    ) -> None:
        """Keep the parts.

        Args:
            of: The retriever whose hits are picked from.
            embedder: Turns questions and passages into vectors; MiniLM where none is given.
            balance: The paper's lambda: 1 looks at the question only, 0 at variety only.
            depth: How many hits there are to pick from, or k where that is more.

        Raises:
            ConfigError: A number is out of range.
        """
        super().__init__(of, "mmr")
        if not 0 <= balance <= 1 or depth < 1:
            raise ConfigError(
                f"retriever 'mmr': balance={balance:g} must be in 0 to 1, depth={depth} >= 1"
            )
        self._embedder: Embedder = embedder or MiniLM()
        self._balance = balance
        self._depth = depth
        self._known: dict[str, Vectors] = {}

    @property
    def signature(self) -> str:
        """Settings, embedder and member."""
        return (
            f"mmr balance={self._balance:g} depth={self._depth} {self._embedder.signature} "
            f"of [{self._of.signature}]"
        )

    def retrieve_many(
        self, questions: Sequence[str], k: int, stopwatch: Stopwatch
    ) -> list[tuple[Hit, ...]]:
        """Return k of the first hits in the order they were picked."""
        check_k(k)
        found = self._of.retrieve_many(questions, max(k, self._depth), stopwatch)
        with stopwatch.span("embed"):
            asked = self._embedder.embed(questions)
            self._learn([hit.chunk.passage for hits in found for hit in hits])
        with stopwatch.span("rerank"):
            return [
                tuple(self._picked(question, hits, k))
                for question, hits in zip(asked, found, strict=True)
            ]

    def _learn(self, passages: Sequence[str]) -> None:
        """Embed passages that were not met before."""
        new = [text for text in dict.fromkeys(passages) if text not in self._known]
        self._known.update(zip(new, self._embedder.embed(new), strict=True))

    def _picked(self, question: Vectors, hits: Sequence[Hit], k: int) -> Iterator[Hit]:
        """Yield k hits with their scores, ties broken by lot."""
        left = sorted(hits, key=lambda hit: tie_break(hit.chunk))
        if not left:
            return
        vectors = np.stack([self._known[hit.chunk.passage] for hit in left])
        near = np.round(vectors @ question, _DECIMALS)
        alike = np.zeros(len(left))
        open_ = np.ones(len(left), dtype=bool)
        for _ in range(min(k, len(left))):
            gain = self._balance * near - (1 - self._balance) * alike
            best = int(np.argmax(np.where(open_, gain, -np.inf)))
            yield Hit(left[best].chunk, float(gain[best]))
            open_[best] = False
            alike = np.maximum(alike, np.round(vectors @ vectors[best], _DECIMALS))
