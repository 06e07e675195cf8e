"""Citations in an answer: markers such as [2], [1, 3] or [1-3], and the answer without them.

Sentences are found in the answer without markers, so that a marker on either side of a full stop
makes no difference.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from harness.text.sentences import sentence_spans

_NUMBER = r"\d{1,3}"  # so that a year in brackets is none
_ONE = rf"\[\s*{_NUMBER}(?:\s*[-–—,;]\s*{_NUMBER})*\s*\]"
_SPACE = r"[ \t\u00a0]*"
_MARKER = re.compile(rf"{_SPACE}{_ONE}(?:{_SPACE}(?:[,;]|and|&)?{_SPACE}{_ONE})*")
_RANGE = re.compile(rf"({_NUMBER})(?:\s*[-–—]\s*({_NUMBER}))?")


@dataclass(frozen=True, slots=True)
class CitingSentence:
    """A sentence of an answer without markers: `answer[start:end] == text`."""

    text: str
    start: int
    end: int
    numbers: tuple[int, ...]
    """What it cites: each number once, in order, whether there is such a passage or not."""


@dataclass(frozen=True, slots=True)
class Marker:
    """What is cited at one place."""

    at: int
    """The place, in characters of the answer without markers."""
    numbers: tuple[int, ...]
    leads: bool
    """Whether a line begins with it and goes on: it then belongs to what follows."""


@dataclass(frozen=True, slots=True)
class Cited:
    """An answer without its markers, and what they say."""

    text: str
    markers: tuple[Marker, ...] = ()

    def sentences(self) -> tuple[CitingSentence, ...]:
        """Return the sentences with what they cite; no marker is lost where there is a sentence.

        A marker belongs to the sentence in which or behind which it stands.
        """
        spans = sentence_spans(self.text)
        found: list[dict[int, None]] = [{} for _ in spans]
        for marker in self.markers if spans else ():
            before = sum(start < marker.at for start, _ in spans)
            n = sum(end <= marker.at for _, end in spans) if marker.leads else before - 1
            found[min(max(n, 0), len(spans) - 1)] |= dict.fromkeys(marker.numbers)
        return tuple(
            CitingSentence(self.text[start:end], start, end, tuple(numbers))
            for (start, end), numbers in zip(spans, found, strict=True)
        )


def cited(answer: str) -> Cited:
    """Return an answer apart from its markers; one that has none stays as it is.

    >>> [(s.text, s.numbers) for s in cited("It weighs 5 kg [1][3]. It is red. [2]").sentences()]
    [('It weighs 5 kg.', (1, 3)), ('It is red.', (2,))]
    """
    text = ""
    markers: list[Marker] = []
    read = 0
    for found in _MARKER.finditer(answer):
        text += answer[read : found.start()]
        read = found.end()
        rest = answer[read:].partition("\n")[0]
        leads = not text.rpartition("\n")[2].strip() and bool(rest.strip())
        if leads:
            read += len(rest) - len(rest.lstrip())
        markers.append(Marker(len(text), tuple(dict.fromkeys(_numbers(found[0]))), leads))
    return Cited((text + answer[read:]).rstrip(), tuple(markers)) if markers else Cited(answer)


def without_citations(answer: str) -> str:
    """Return an answer without its markers.

    >>> without_citations("In Norvik [2], since 1999 [1-3].")
    'In Norvik, since 1999.'
    """
    return cited(answer).text


def cites(answer: str, passages: int) -> bool:
    """Return whether an answer cites one of so many passages.

    >>> cites("In Norvik [2].", 4), cites("In Norvik [2].", 1), cites("In Norvik (2).", 4)
    (True, False, False)
    """
    numbers = (number for marker in cited(answer).markers for number in marker.numbers)
    return any(1 <= number <= passages for number in numbers)


def _numbers(marker: str) -> Iterator[int]:
    for first, last in _RANGE.findall(marker):
        low, high = sorted((int(first), int(last or first)))
        yield from range(low, high + 1)
