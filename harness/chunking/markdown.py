"""Passages that respect the structure of a Markdown text."""

from collections.abc import Iterator
from dataclasses import replace

from harness.chunking.markdown_blocks import Block, blocks
from harness.chunking.packing import PIECE, SENTENCE, Atom, pack, prose
from harness.chunking.tokens import TokenCounter, check_sizes, count
from harness.types import Chunk, Document

_BLOCK, _PART = SENTENCE - 2, SENTENCE - 1

_GLUED = PIECE + 1
"""Level of what follows a heading: nothing is worse than to leave a heading behind alone."""


class Markdown:
    """Cuts before headings if it can, the highest first, else between blocks, else inside them.

    A fenced block of code, a table and a list stay whole where they fit; else they are cut
    between lines, rows or items, and only then like prose. A heading stays with what follows it
    where the two fit.
    Where a heading stands in the second half of a full chunk, the chunk ends before it; small
    sections share a chunk. Text without any markup is cut into paragraphs and sentences.
    """

    def __init__(self, tokens: int = 96, overlap: int = 0, tokenizer: str = "minilm") -> None:
        """Load the tokenizer.

        Args:
            tokens: Most tokens of a chunk, the title not counted.
            overlap: Most tokens that a chunk repeats of the one before, in whole sentences, or
                whole blocks of code, tables and lists.
            tokenizer: Whose tokens are counted: `minilm`, or the path of a `tokenizer.json` or
                of a folder with one.

        Raises:
            ConfigError: A number is out of range or the tokenizer cannot be read.
        """
        check_sizes("markdown", tokens, overlap)
        self._tokens = tokens
        self._overlap = overlap
        self._counter = TokenCounter(tokenizer, "markdown")

    def chunk(self, document: Document) -> tuple[Chunk, ...]:
        """Return passages in the document's order; a document without text has none.

        Together they hold every character that is not white space.
        """
        text = document.text
        ends = self._counter.ends(text)
        atoms = list(self._atoms(text, ends))
        return tuple(
            Chunk(document.id, start, end, text[start:end], document.title, document.meta)
            for start, end in pack(atoms, ends, self._tokens, self._overlap)
        )

    def _atoms(self, text: str, ends: list[int]) -> Iterator[Atom]:
        above: int | None = None  # where the headings right above begin
        for block in blocks(text):
            level = _GLUED if above is not None else block.depth or _BLOCK
            start = block.start if above is None else above
            for atom in self._cut(text, ends, block, start):
                yield replace(atom, level=level) if atom.start == block.start else atom
            above = start if block.kind == "heading" else None

    def _cut(self, text: str, ends: list[int], block: Block, start: int) -> Iterator[Atom]:
        """Yield the atoms of a block; it stays whole where it fits together with its heading."""
        if block.kind == "paragraph":
            yield from prose(text, ends, self._tokens, block.start, block.end)
            return
        if count(ends, start, block.end) <= self._tokens:
            yield Atom(block.start, block.end, _BLOCK)
            return
        for left, right in block.parts:
            if count(ends, left, right) <= self._tokens:
                yield Atom(left, right, _PART)
                continue
            for atom in prose(text, ends, self._tokens, left, right):
                yield replace(atom, level=_PART) if atom.start == left else atom
