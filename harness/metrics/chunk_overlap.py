"""How well passages cover the answer's own tokens: recall, precision and their intersection.

A document may be found and the wrong part of it read; long passages find more and say less to
the point. So chunkers are compared by tokens (B. Smith and A. Troynikov, Evaluating Chunking
Strategies for Retrieval, Chroma, 2024).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from harness.errors import ConfigError
from harness.metrics.evidence import Excerpt, evidence
from harness.metrics.mean import Mean
from harness.types import Case, ContextType, Document, Question

Corpus = Mapping[str, Document]
"""Documents by id."""

_TOKEN = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Overlap:
    """Tokens of the gold excerpts, of the passages, and of both."""

    gold: int
    """Each token once."""
    read: int
    """A token in two overlapping passages counts twice: reading it again costs again."""
    shared: int
    """Gold tokens in any passage, each once."""

    @property
    def recall(self) -> float:
        """Share of the gold tokens that were read; 0 without gold."""
        return self.shared / self.gold if self.gold else 0.0

    @property
    def precision(self) -> float:
        """Share of what was read that is gold; 0 where nothing was read."""
        return self.shared / self.read if self.read else 0.0

    @property
    def iou(self) -> float:
        """Intersection over union; 0 where both are empty."""
        union = self.gold + self.read - self.shared
        return self.shared / union if union else 0.0


def overlap(gold: Iterable[Excerpt], read: Iterable[Excerpt], texts: Mapping[str, str]) -> Overlap:
    """Count tokens (words and punctuation marks): one belongs to an excerpt if it begins in it.

    Args:
        gold: Where the answer stands.
        read: The passages.
        texts: Texts of their documents, without titles.

    >>> overlap([Excerpt("a", 4, 11)], [Excerpt("a", 0, 7)], {"a": "one two three four"})
    Overlap(gold=2, read=2, shared=1)
    """
    wanted = {token for excerpt in gold for token in _tokens(excerpt, texts)}
    seen = [token for excerpt in read for token in _tokens(excerpt, texts)]
    return Overlap(len(wanted), len(seen), len(wanted.intersection(seen)))


def _tokens(excerpt: Excerpt, texts: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """Yield (document, offset) of the tokens that begin in an excerpt."""
    document, start, end = excerpt
    text = texts[document]
    # a word that begins earlier may end here: look from the last space, where none does
    left = max(text.rfind(" ", 0, start), text.rfind("\n", 0, start)) + 1
    for match in _TOKEN.finditer(text, left):
        if match.start() < start:
            continue
        if match.start() >= end:
            return
        yield document, match.start()


class TokenOverlap(Mean):
    """The mean over questions of one of these numbers, of the first k passages that were read.

    It applies to retrieved passages, where the corpus is at hand and it is known where the answer
    stands (`evidence`).
    """

    def __init__(
        self, kind: Literal["recall", "precision", "iou"], k: int, documents: Corpus | None
    ) -> None:
        """Keep the settings.

        Args:
            kind: Which number.
            k: How many passages are looked at, from 1.
            documents: The corpus by document id.

        Raises:
            ConfigError: k is below 1.
        """
        if k < 1:
            raise ConfigError(f"metric token_{kind}@{k}: the depth must be at least 1")
        self._kind, self._k = kind, k
        self._documents = documents or {}
        self._gold: dict[str, tuple[Excerpt, ...]] = {}
        self.signature = f"token_{kind}@{k}|unit:word|gold:spans or sentences with the answer"

    def applies(self, question: Question, context: ContextType) -> bool:
        """Return whether passages were retrieved and it is known where the answer stands."""
        return context == "retrieved" and bool(self._evidence(question))

    def value(self, case: Case) -> float:
        """Return the number of one question, in [0, 1]."""
        read = [excerpt for id in case.prediction.passages[: self._k] for excerpt in self._span(id)]
        gold = self._evidence(case.question)
        texts = {e.document: self._documents[e.document].text for e in (*gold, *read)}
        return float(getattr(overlap(gold, read, texts), self._kind))

    def _evidence(self, question: Question) -> tuple[Excerpt, ...]:
        if question.id not in self._gold:
            self._gold[question.id] = evidence(question, self._documents)
        return self._gold[question.id]

    def _span(self, passage: str) -> Iterator[Excerpt]:
        """Yield the stretch that a chunk id names; nothing of what is not in the corpus."""
        document, _, span = passage.rpartition(":")
        start, _, end = span.partition("-")
        if document in self._documents:
            yield Excerpt(document, int(start), int(end))


def token_recall(k: int = 10, documents: Corpus | None = None) -> TokenOverlap:
    """Return the mean share of the answer's tokens that the first k passages hold."""
    return TokenOverlap("recall", k, documents)


def token_precision(k: int = 10, documents: Corpus | None = None) -> TokenOverlap:
    """Return the mean share of the tokens of the first k passages that belong to the answer."""
    return TokenOverlap("precision", k, documents)


def token_iou(k: int = 10, documents: Corpus | None = None) -> TokenOverlap:
    """Return the mean intersection over union of the two."""
    return TokenOverlap("iou", k, documents)
