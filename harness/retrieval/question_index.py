"""Retrieval by known questions: what answered a question like this one is the passage to read."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from harness.errors import DataError
from harness.files import digest
from harness.protocols import Retriever
from harness.retrieval.fingerprint import check_fingerprint, fingerprint, write_fingerprint
from harness.timing import Stopwatch
from harness.types import Chunk, Hit, Question


class QuestionIndex:
    """Ranks known questions with any retriever, and returns their gold passages in that order.

    In a set whose documents are the answers, as in collections of frequent questions, that is:
    the answer to the most similar question. A question that is in the index itself finds its own
    answer first.
    """

    def __init__(self, of: Retriever, questions: Iterable[Question]) -> None:
        """Keep the parts.

        Args:
            of: Ranks the texts of the questions.
            questions: The known ones; those without gold documents lead to nothing.
        """
        self._of = of
        self._known = [question for question in questions if question.gold]
        self._passages: dict[str, tuple[Chunk, ...]] = {}

    @property
    def signature(self) -> str:
        """The retriever and the questions it ranks."""
        return f"questions {digest([(q.id, q.text, q.gold) for q in self._known])} by " + (
            self._of.signature
        )

    def index(self, chunks: Sequence[Chunk], folder: Path) -> int | None:
        """Index the questions that these passages answer; return the tokens that took.

        Raises:
            DataError: There is no such question.
        """
        made_from = fingerprint(chunks, retriever=self.signature)
        tokens = self._of.index(self._keys(chunks), folder)
        # the inner index has its own fingerprint in the folder; ours stands beside it
        place = folder / "passages"
        place.mkdir(exist_ok=True)
        write_fingerprint(place, made_from)
        return tokens

    def load(self, chunks: Sequence[Chunk], folder: Path) -> None:
        """Read back what `index` left.

        Raises:
            ArtefactError: It was made from other questions or passages, or another retriever.
        """
        check_fingerprint(folder / "passages", fingerprint(chunks, retriever=self.signature))
        self._of.load(self._keys(chunks), folder)

    def retrieve_many(
        self, questions: Sequence[str], k: int, stopwatch: Stopwatch
    ) -> list[tuple[Hit, ...]]:
        """Return the k passages of the nearest questions, scored as the question was.

        Several questions may lead to one passage, so more than k of them may have to be ranked.
        """
        depth = k
        while True:
            found = self._of.retrieve_many(questions, depth, stopwatch)
            rows = [self._answers(hits)[:k] for hits in found]
            if depth >= len(self._passages) or all(len(row) >= k for row in rows):
                return rows
            depth *= 2

    def _keys(self, chunks: Sequence[Chunk]) -> list[Chunk]:
        """Note which passages each question leads to; return the questions as chunks to index."""
        of_document: dict[str, list[Chunk]] = {}
        for chunk in chunks:
            of_document.setdefault(chunk.document_id, []).append(chunk)
        keys, self._passages = [], {}
        for q in self._known:
            gold = dict.fromkeys(q.gold)
            leads = tuple(chunk for document in gold for chunk in of_document.get(document, ()))
            if leads:
                keys.append(Chunk(q.id, 0, len(q.text), q.text))
                self._passages[keys[-1].id] = leads
        if not keys:
            raise DataError(
                "no question names a gold document of the index; match passages, not questions"
            )
        return keys

    def _answers(self, hits: Sequence[Hit]) -> tuple[Hit, ...]:
        """Return the passages of ranked questions, each at the place of its best question."""
        best: dict[str, Hit] = {}
        for hit in hits:
            for chunk in self._passages[hit.chunk.id]:
                best.setdefault(chunk.id, Hit(chunk, hit.score))
        return tuple(best.values())
