"""Passages of a bounded number of tokens that end where a sentence ends."""

from collections.abc import Iterator
from dataclasses import replace

from harness.chunking.packing import SENTENCE, Atom, pack, prose
from harness.chunking.tokens import TokenCounter, check_sizes
from harness.types import Chunk, Document

_PARAGRAPH = SENTENCE - 1


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
        check_sizes("recursive", tokens, overlap)
        self._tokens = tokens
        self._overlap = overlap
        self._counter = TokenCounter(tokenizer, "recursive")

    def chunk(self, document: Document) -> tuple[Chunk, ...]:
        """Return passages in the document's order; a document without text has none.

        Together they hold every character that is not white space.
        """
        text = document.text
        ends = self._counter.ends(text)
        atoms = list(_with_paragraphs(text, prose(text, ends, self._tokens)))
        return tuple(
            Chunk(document.id, start, end, text[start:end], document.title, document.meta)
            for start, end in pack(atoms, ends, self._tokens, self._overlap)
        )


def _with_paragraphs(text: str, atoms: Iterator[Atom]) -> Iterator[Atom]:
    """Yield the atoms, with the level of a paragraph where a sentence follows an empty line."""
    before = 0
    for atom in atoms:
        opens = atom.level == SENTENCE and text.count("\n", before, atom.start) > 1
        yield replace(atom, level=_PARAGRAPH) if opens else atom
        before = atom.end
