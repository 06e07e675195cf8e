"""Small passages to find, larger ones to read: what surrounds a hit is returned."""

from collections.abc import Iterator, Sequence

from harness.errors import ConfigError
from harness.protocols import Retriever
from harness.retrieval.members import Wrapped
from harness.retrieval.ranking import check_k, tie_break
from harness.text.sentences import sentence_spans
from harness.timing import Stopwatch
from harness.types import Chunk, Hit


class Parent(Wrapped):
    """Searches in a finer cut than the passages that it returns.

    The passages of the index, as the benchmark's chunker cut them, are the parents (documents,
    where that is `whole`). Each is cut into a few sentences at a time, and these pieces are
    searched: a parent stands where its best piece stands, with that piece's score.
    """

    def __init__(
        self,
        of: Retriever | Sequence[Retriever],
        sentences: int = 1,
        characters: int | None = None,
    ) -> None:
        """Keep the parts.

        Args:
            of: The retriever that searches the pieces.
            sentences: How many sentences a piece has; the last one of a passage may have fewer.
            characters: Most characters that the passages of a question have together, titles
                included: they end before the first one that does not fit. The first is returned
                whatever its length. None for no such limit.

        Raises:
            ConfigError: A number is below 1.
        """
        super().__init__(of, "parent")
        if sentences < 1 or (characters is not None and characters < 1):
            raise ConfigError(
                f"retriever 'parent': sentences={sentences} and characters={characters} "
                "must be at least 1"
            )
        self._sentences = sentences
        self._characters = characters
        self._parents: dict[str, Chunk] = {}

    @property
    def signature(self) -> str:
        """Settings and member."""
        return (
            f"parent sentences={self._sentences} characters={self._characters} "
            f"of [{self._of.signature}]"
        )

    def retrieve_many(
        self, questions: Sequence[str], k: int, stopwatch: Stopwatch
    ) -> list[tuple[Hit, ...]]:
        """Return the k passages with the best pieces, fewer where they are too long.

        Several pieces may be of one passage, so more than k of them may have to be ranked.
        """
        check_k(k)
        depth = 4 * k
        while True:
            found = self._of.retrieve_many(questions, depth, stopwatch)
            rows = [self._whole(hits)[:k] for hits in found]
            # a retriever that returns fewer than it was asked for has no more
            if all(len(r) >= k or len(f) < depth for r, f in zip(rows, found, strict=True)):
                return [tuple(self._fitting(row)) for row in rows]
            depth *= 2

    def _whole(self, hits: Sequence[Hit]) -> tuple[Hit, ...]:
        """Return the parents of ranked pieces, each at the place of its best one."""
        best: dict[str, Hit] = {}
        for hit in hits:
            parent = self._parents[hit.chunk.document_id]
            best.setdefault(parent.id, Hit(parent, hit.score))
        return tuple(sorted(best.values(), key=lambda hit: (-hit.score, tie_break(hit.chunk))))

    def _fitting(self, hits: Sequence[Hit]) -> Iterator[Hit]:
        """Yield the hits up to the limit."""
        taken = 0
        for hit in hits:
            taken += len(hit.chunk.passage)
            if self._characters is not None and taken > self._characters and hit is not hits[0]:
                return
            yield hit

    def _seen_by_members(self, chunks: Sequence[Chunk]) -> Sequence[Chunk]:
        """Return the pieces; the id of a passage is the document of its pieces."""
        self._parents = {chunk.id: chunk for chunk in chunks}
        return [piece for chunk in chunks for piece in self._pieces(chunk)]

    def _pieces(self, parent: Chunk) -> Iterator[Chunk]:
        spans = sentence_spans(parent.text)
        for first in range(0, len(spans), self._sentences):
            start, end = spans[first][0], spans[first : first + self._sentences][-1][1]
            yield Chunk(parent.id, start, end, parent.text[start:end], parent.title, parent.meta)
