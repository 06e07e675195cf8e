"""What retrievers do alike that search with texts which a model wrote."""

from abc import abstractmethod
from collections.abc import Sequence

from harness.errors import ConfigError, ModelError
from harness.protocols import Generator, Retriever
from harness.retrieval.members import Wrapped
from harness.retrieval.ranking import best_hits, check_k
from harness.timing import Stopwatch
from harness.types import Completion, Failure, Hit, Request, Usage


class Expanding(Wrapped):
    """Searches with the question and with what a model makes of it, and joins the rankings.

    Where the model has no answer to a question, for good, the question is searched with alone and
    counted in `failures`; what may pass by itself stops the search, so that the next run asks
    again. What the model took is in `usage`; its time is booked as `expand`.
    """

    def __init__(
        self,
        of: Retriever | Sequence[Retriever],
        model: Generator,
        name: str,
        n: int,
        depth: int,
        max_tokens: int,
    ) -> None:
        """Keep the parts.

        Raises:
            ConfigError: A number is below 1.
        """
        super().__init__(of, name)
        if min(n, depth, max_tokens) < 1:
            raise ConfigError(
                f"retriever {name!r}: n={n}, depth={depth} and max_tokens={max_tokens} "
                "must be at least 1"
            )
        self._model = model
        self._name = name
        self._n = n
        self._depth = depth
        self._max_tokens = max_tokens
        self._asked = self._read = self._wrote = 0
        self.failures = 0
        """Questions that were searched with alone."""

    @property
    def signature(self) -> str:
        """Settings and member; which model writes stands in the benchmark's file."""
        return (
            f"{self._name} n={self._n} depth={self._depth} max_tokens={self._max_tokens} "
            f"of [{self._of.signature}]"
        )

    @property
    def usage(self) -> Usage:
        """What the model took so far; tokens that it does not report are left out."""
        return Usage(self._asked, self._read, self._wrote)

    def retrieve_many(
        self, questions: Sequence[str], k: int, stopwatch: Stopwatch
    ) -> list[tuple[Hit, ...]]:
        """Return the k best of the joined rankings; all texts of all questions in one search."""
        check_k(k)
        with stopwatch.span("expand"):
            texts = self._expanded(questions)
        flat = [text for row in texts for text in row]
        depth = max(k, self._depth)
        found = iter(self._of.retrieve_many(flat, depth, stopwatch))
        with stopwatch.span("search"):
            return [best_hits(self._joined([next(found) for _ in row], depth), k) for row in texts]

    @abstractmethod
    def _requests(self, question: str) -> list[Request]:
        """Return what the model is asked about a question."""

    @abstractmethod
    def _texts(self, question: str, written: str) -> list[str]:
        """Return what to search with of what the model wrote; nothing where there is nothing."""

    @abstractmethod
    def _joined(self, rankings: Sequence[Sequence[Hit]], depth: int) -> list[Hit]:
        """Return the hits of all texts of one question, `depth` of each, with one score each."""

    def _expanded(self, questions: Sequence[str]) -> list[list[str]]:
        """Return for each question the texts to search with, itself first."""
        # an empty question is nothing to write about
        asked = [
            (row, request)
            for row, question in enumerate(questions)
            if question.strip()
            for request in self._requests(question)
        ]
        written: dict[int, str] = {}
        size = self._model.batch_size
        for start in range(0, len(asked), size):
            batch = [request for _, request in asked[start : start + size]]
            for n, outcome in self._model.complete_many(batch):
                written[start + n] = self._text_of(outcome, questions[asked[start + n][0]])
        texts = [[question] for question in questions]
        for n, (row, _) in enumerate(asked):
            texts[row] += self._texts(questions[row], written[n])
        self.failures += sum(
            bool(question.strip()) and len(row) == 1
            for question, row in zip(questions, texts, strict=True)
        )
        return [list(dict.fromkeys(row)) for row in texts]

    def _text_of(self, outcome: Completion | Failure, question: str) -> str:
        self._asked += 1
        if isinstance(outcome, Completion):
            self._read += outcome.tokens_in or 0
            self._wrote += outcome.tokens_out or 0
            return outcome.text
        if outcome.transient:
            raise ModelError(
                f"retriever {self._name!r}: the model did not answer about {question[:60]!r} "
                f"({outcome.kind}: {outcome.message}); run again to ask again"
            )
        return ""
