"""What retrievers made of other retrievers do alike: every member has a folder of its own."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from pathlib import Path

from harness.errors import ConfigError
from harness.protocols import Retriever
from harness.retrieval.fingerprint import check_fingerprint, fingerprint, write_fingerprint
from harness.timing import Stopwatch
from harness.types import Chunk, Hit


class Members(ABC):
    """Indexes and loads its members with the same chunks, in the order they were named."""

    def __init__(self, of: Sequence[Retriever]) -> None:
        self._members = tuple(of)

    @property
    @abstractmethod
    def signature(self) -> str:
        """Settings and members."""

    @abstractmethod
    def retrieve_many(
        self, questions: Sequence[str], k: int, stopwatch: Stopwatch
    ) -> list[tuple[Hit, ...]]:
        """Return for each question at most k hits, best first, ties broken by lot."""

    def index(self, chunks: Sequence[Chunk], folder: Path) -> int | None:
        """Build every member's index in a folder of its own; return the tokens of all."""
        made_from = fingerprint(chunks, retriever=self.signature)
        tokens: list[int | None] = []
        seen = self._seen_by_members(chunks)
        for place, member in self._places(folder):
            place.mkdir(exist_ok=True)
            tokens.append(member.index(seen, place))
        write_fingerprint(folder, made_from)
        known = [count for count in tokens if count is not None]
        return sum(known) if len(known) == len(tokens) else None

    def load(self, chunks: Sequence[Chunk], folder: Path) -> None:
        """Read back what `index` left.

        Raises:
            ArtefactError: It was made with other settings or members, or from other chunks.
        """
        check_fingerprint(folder, fingerprint(chunks, retriever=self.signature))
        seen = self._seen_by_members(chunks)
        for place, member in self._places(folder):
            member.load(seen, place)

    def _seen_by_members(self, chunks: Sequence[Chunk]) -> Sequence[Chunk]:
        """Return what the members index: the same chunks."""
        return chunks

    def _places(self, folder: Path) -> Iterable[tuple[Path, Retriever]]:
        return ((folder / str(n), member) for n, member in enumerate(self._members))


class Wrapped(Members):
    """Does something to the hits of one other retriever."""

    def __init__(self, of: Retriever | Sequence[Retriever], name: str) -> None:
        """Keep the retriever; a benchmark file may name it as a list of one.

        Raises:
            ConfigError: The list has another length.
        """
        members = tuple(of) if isinstance(of, Sequence) else (of,)
        if len(members) != 1:
            raise ConfigError(f"retriever {name!r}: 'of' names one retriever, not {len(members)}")
        super().__init__(members)
        [self._of] = members
