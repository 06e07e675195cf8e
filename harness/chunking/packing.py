"""Stretches of text that are not cut, packed into chunks that end where it hurts least."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.chunking.tokens import count
from harness.text.sentences import sentence_spans

_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Atom:
    """A stretch of text that is not cut any further."""

    start: int
    end: int
    level: int
    """What begins here; the lower the number, the better it is to cut before it."""


SENTENCE, WORD, PIECE = 100, 101, 102
"""Levels of a sentence, a word and a piece of a word; what is larger has lower ones."""


def prose(
    text: str, ends: list[int], limit: int, start: int = 0, end: int | None = None
) -> Iterator[Atom]:
    """Yield the sentences of text[start:end], or the words of those with more tokens than `limit`.

    Args:
        text: The document.
        ends: Where its tokens end.
        limit: Most tokens of an atom.
        start: Where the stretch begins.
        end: Where it ends; None for the end of the text.
    """
    for left, right in sentence_spans(text[start:end]):
        left, right, level = start + left, start + right, SENTENCE
        if count(ends, left, right) <= limit:
            yield Atom(left, right, level)
            continue
        for word in _WORD.finditer(text, left, right):
            for piece in _pieces(ends, word.start(), word.end(), limit):
                yield Atom(*piece, level)
                level = PIECE
            level = WORD


def pack(
    atoms: Sequence[Atom], ends: list[int], tokens: int, overlap: int
) -> Iterator[tuple[int, int]]:
    """Yield the (start, end) of chunks that hold all atoms, in order.

    A chunk takes whole atoms as long as they fit. Where something of a lower level begins in its
    second half, it ends there.

    Args:
        atoms: In the order of the text, each of at most `tokens` tokens.
        ends: Where the tokens of the text end.
        tokens: Most tokens of a chunk.
        overlap: Most tokens that a chunk repeats of the one before, in whole atoms.
    """
    first = cut = 0
    while cut < len(atoms):
        cut = _next_cut(atoms, ends, tokens, first, cut)
        yield atoms[first].start, atoms[cut - 1].end
        first = _next_first(atoms, ends, tokens, overlap, first, cut)


def _next_cut(atoms: Sequence[Atom], ends: list[int], tokens: int, first: int, done: int) -> int:
    """Return the index of the atom before which the chunk from `first` ends, after `done`."""
    start = atoms[first].start
    stop = done + 1
    while stop < len(atoms) and count(ends, start, atoms[stop].end) <= tokens:
        stop += 1
    if stop == len(atoms):
        return stop
    late = [j for j in range(done + 1, stop) if 2 * count(ends, start, atoms[j - 1].end) >= tokens]
    return min([*late, stop], key=lambda j: (atoms[j].level, -j))


def _next_first(
    atoms: Sequence[Atom], ends: list[int], tokens: int, overlap: int, first: int, cut: int
) -> int:
    """Return the atom with which the chunk after `cut` begins: some of the last one's."""
    begin = cut
    while (
        cut < len(atoms)
        and begin - 1 > first
        and count(ends, atoms[begin - 1].start, atoms[cut - 1].end) <= overlap
        and count(ends, atoms[begin - 1].start, atoms[cut].end) <= tokens
    ):
        begin -= 1
    return begin


def _pieces(ends: list[int], start: int, end: int, limit: int) -> Iterator[tuple[int, int]]:
    """Yield the word text[start:end] in pieces of at most `limit` tokens, mostly one."""
    cuts = ends[bisect_right(ends, start) + limit - 1 : bisect_right(ends, end) : limit]
    for cut in cuts:
        if start < cut < end:
            yield start, cut
            start = cut
    yield start, end
