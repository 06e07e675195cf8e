"""Reciprocal rank fusion of several retrievers (Cormack, Clarke and Büttcher 2009)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import fsum
from pathlib import Path

from harness.errors import ConfigError
from harness.protocols import Retriever
from harness.retrieval.fingerprint import check_fingerprint, fingerprint, write_fingerprint
from harness.timing import Stopwatch
from harness.types import Chunk, Hit


class Fusion:
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
        self._members = tuple(of)
        self._constant = constant
        self._depth = depth

    @property
    def signature(self) -> str:
        """Settings and members."""
        members = " + ".join(member.signature for member in self._members)
        return f"rrf constant={self._constant:g} depth={self._depth} of [{members}]"

    def index(self, chunks: Sequence[Chunk], folder: Path) -> int | None:
        """Build every member's index in a folder of its own; return the tokens of all."""
        made_from = fingerprint(chunks, retriever=self.signature)
        tokens: list[int | None] = []
        for place, member in self._places(folder):
            place.mkdir(exist_ok=True)
            tokens.append(member.index(chunks, place))
        write_fingerprint(folder, made_from)
        known = [count for count in tokens if count is not None]
        return sum(known) if len(known) == len(tokens) else None

    def load(self, chunks: Sequence[Chunk], folder: Path) -> None:
        """Read back what `index` left.

        Raises:
            ArtefactError: It was made with other settings or members, or from other chunks.
        """
        check_fingerprint(folder, fingerprint(chunks, retriever=self.signature))
        for place, member in self._places(folder):
            member.load(chunks, place)

    def retrieve_many(
        self, questions: Sequence[str], k: int, stopwatch: Stopwatch
    ) -> list[tuple[Hit, ...]]:
        """Return the k passages with the highest sums."""
        depth = max(k, self._depth)
        found = [member.retrieve_many(questions, depth, stopwatch) for member in self._members]
        with stopwatch.span("search"):
            return [self._fuse(rankings)[:k] for rankings in zip(*found, strict=True)]

    def _fuse(self, rankings: Iterable[Sequence[Hit]]) -> tuple[Hit, ...]:
        shares: defaultdict[str, list[float]] = defaultdict(list)
        chunks: dict[str, Chunk] = {}
        for ranking in rankings:
            for rank, hit in enumerate(ranking, start=1):
                shares[hit.chunk.id].append(1 / (self._constant + rank))
                chunks[hit.chunk.id] = hit.chunk
        # fsum, so that the order of the members cannot break a tie
        fused = [Hit(chunks[id], fsum(parts)) for id, parts in shares.items()]
        return tuple(sorted(fused, key=lambda hit: (-hit.score, hit.chunk.id)))

    def _places(self, folder: Path) -> Iterable[tuple[Path, Retriever]]:
        return ((folder / str(n), member) for n, member in enumerate(self._members))
