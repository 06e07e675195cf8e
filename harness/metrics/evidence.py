"""Where in the gold documents the answer to a question stands."""

import re
from collections.abc import Iterator, Mapping, Sequence

from harness.data.spans import FIELD, REMEDY, Excerpt, given_spans
from harness.errors import DataError
from harness.text.sentences import sentence_spans
from harness.types import Document, Question

__all__ = ["Excerpt", "evidence"]

_WORD = re.compile(r"\w+")


def evidence(question: Question, documents: Mapping[str, Document]) -> tuple[Excerpt, ...]:
    """Return what the question's row says, else what can be located; empty where nothing can.

    Located is, in every gold document, the sentence with a reference answer word for word, or
    else one sentence for each value that a right answer must contain. Of several such sentences
    it is the one that shares most words with the question, the first of equals.

    Raises:
        DataError: The row says something that is no list of stretches of the corpus.
    """
    if FIELD in question.meta:
        try:
            return given_spans(question, documents)
        except ValueError as error:
            raise DataError(f"{error}; {REMEDY}") from error
    if not question.answerable:
        return ()
    found = (
        Excerpt(id, *span)
        for id in dict.fromkeys(question.gold)
        if id in documents
        for span in _located(question, documents[id].text)
    )
    return tuple(dict.fromkeys(found))


def _located(question: Question, text: str) -> Iterator[tuple[int, int]]:
    """Yield the sentences of a gold document that hold the answer."""
    asked = _words(question.text)
    whole = _best(text, question.answers, asked)
    if whole is not None:
        yield whole
        return
    for aliases in question.values:
        part = _best(text, aliases, asked)
        if part is not None:
            yield part


def _best(text: str, wanted: Sequence[str], asked: set[str]) -> tuple[int, int] | None:
    """Return the span of the sentence with one of some strings that is most like the question."""
    spans = sentence_spans(text)
    holding = []
    for string in wanted:
        # any white space for any other, and no match inside a word
        words = r"\s+".join(map(re.escape, string.split()))
        if not words:
            continue
        for match in re.finditer(rf"(?<!\w){words}(?!\w)", text, re.IGNORECASE):
            touched = [s for s in spans if s[0] < match.end() and match.start() < s[1]]
            holding.append((touched[0][0], touched[-1][1]))
    return max(sorted(holding), key=lambda s: len(_words(text[s[0] : s[1]]) & asked), default=None)


def _words(text: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(text)}
