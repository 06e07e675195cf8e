"""Reciprocal rank fusion of several retrievers (Cormack, Clarke and Büttcher 2009)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import fsum

from harness.errors import ConfigError
from harness.protocols import Retriever
from harness.retrieval.members import Members
from harness.retrieval.ranking import best_hits, check_k
from harness.timing import Stopwatch
from harness.types import Chunk, Hit


class Fusion(Members):
    """Ranks passages by the sum of 1 / (constant + rank) over the retrievers that found them."""

    def __init__(self, of: Sequence[Retriever], constant: float = 60, depth: int = 50) -> None:
        """Keep the parts.

        Args:
            of: The retrievers; they count alike.
            constant: How little the first places stand out; 60 in the paper.
            depth: How many hits of each are fused, or k where that is more.

        Raises:
            ConfigError: There is no retriever, or a number is out of range.
        """
        if not of:
            raise ConfigError("retriever 'rrf': 'of' names no retriever; name two or more")
        if constant < 0 or depth < 1:
            raise ConfigError(
                f"retriever 'rrf': constant={constant} must be >= 0, depth={depth} >= 1"
            )
        super().__init__(of)
        self._constant = constant
        self._depth = depth

    @property
    def signature(self) -> str:
        """Settings and members."""
        members = " + ".join(member.signature for member in self._members)
        return f"rrf constant={self._constant:g} depth={self._depth} of [{members}]"

    def retrieve_many(
        self, questions: Sequence[str], k: int, stopwatch: Stopwatch
    ) -> list[tuple[Hit, ...]]:
        """Return the k passages with the highest sums."""
        check_k(k)
        depth = max(k, self._depth)
        found = [member.retrieve_many(questions, depth, stopwatch) for member in self._members]
        with stopwatch.span("search"):
            return [
                best_hits(reciprocal_ranks(rankings, self._constant), k)
                for rankings in zip(*found, strict=True)
            ]


def reciprocal_ranks(rankings: Iterable[Sequence[Hit]], constant: float) -> list[Hit]:
    """Return every passage of some rankings, in no order, with the sum of its shares."""
    shares: defaultdict[str, list[float]] = defaultdict(list)
    chunks: dict[str, Chunk] = {}
    for ranking in rankings:
        for rank, hit in enumerate(ranking, start=1):
            shares[hit.chunk.id].append(1 / (constant + rank))
            chunks[hit.chunk.id] = hit.chunk
    # fsum, so that the order of the members cannot break a tie
    return [Hit(chunks[id], fsum(parts)) for id, parts in shares.items()]
