"""The blocks of a Markdown text: headings, fenced code, tables, lists, paragraphs, as spans.

Line by line and forgiving, after CommonMark 0.31 and the tables of GitHub: what matters here is
where blocks begin, not how they are shown.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

Kind = Literal["heading", "code", "table", "list", "paragraph"]

_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]|$)")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ITEM = re.compile(r"(\s*)(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$)")
_TABLE_RULE = re.compile(r" {0,3}\|?[ \t]*:?-+:?[ \t]*(\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")


@dataclass(frozen=True, slots=True)
class Block:
    """A half-open span of the text, with the spans that it may be cut into."""

    kind: Kind
    parts: tuple[tuple[int, int], ...]
    """Its items, rows or lines of code; a heading and a paragraph are one part."""
    depth: int = 0
    """Of a heading, 1 to 6."""

    @property
    def start(self) -> int:
        """Where the block begins."""
        return self.parts[0][0]

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.parts[-1][1]


def blocks(text: str) -> Iterator[Block]:
    r"""Yield the blocks in order; together they hold every character that is not white space.

    >>> [(block.kind, block.start, block.end) for block in blocks("# A\nb\n- c\n- d")]
    [('heading', 0, 3), ('paragraph', 4, 5), ('list', 6, 13)]
    """
    lines = list(_lines(text))
    n = 0
    while n < len(lines):
        if not _said(text, lines[n]):
            n += 1
            continue
        block, n = _block(text, lines, n)
        yield block


def _block(text: str, lines: list[tuple[int, int]], n: int) -> tuple[Block, int]:
    """Return the block that begins in line n, and the number of the line behind it."""
    line = _said(text, lines[n])
    if heading := _HEADING.match(line):
        return Block("heading", (lines[n],), len(heading[1])), n + 1
    if fence := _FENCE.match(line):
        stop = _closing(text, lines, n, fence[1])
        return Block("code", _spoken(text, lines[n:stop])), stop
    if _is_table(text, lines, n):
        stop = n + 2
        while stop < len(lines) and "|" in _said(text, lines[stop]):
            stop += 1
        head = (lines[n][0], lines[n + 1][1])
        return Block("table", (head, *lines[n + 2 : stop])), stop
    if _ITEM.match(line):
        return _list(text, lines, n)
    return _paragraph(text, lines, n)


def _paragraph(text: str, lines: list[tuple[int, int]], n: int) -> tuple[Block, int]:
    """Return the paragraph from line n on, which may turn out to be a heading (underlined)."""
    stop = n + 1
    while stop < len(lines) and _said(text, lines[stop]):
        if underline := _UNDERLINE.match(_said(text, lines[stop])):
            depth = 1 if underline[1].startswith("=") else 2
            return Block("heading", ((lines[n][0], lines[stop][1]),), depth), stop + 1
        if _opens(text, lines, stop):
            break
        stop += 1
    return Block("paragraph", ((lines[n][0], lines[stop - 1][1]),)), stop


def _list(text: str, lines: list[tuple[int, int]], n: int) -> tuple[Block, int]:
    """Return the list from line n on; an item holds what is indented more than the first one."""
    indent = _indent(text, lines[n])
    starts, stop, empty = [n], n + 1, False
    while stop < len(lines):
        line = _said(text, lines[stop])
        if line:
            deeper = _indent(text, lines[stop]) > indent
            if not deeper and _ITEM.match(line):
                starts.append(stop)
            elif not deeper and (empty or _opens(text, lines, stop)):
                break
        empty = not line
        stop += 1
    bounds = [*starts, stop]
    items = (_spoken(text, lines[a:b]) for a, b in pairwise(bounds))
    return Block("list", tuple((item[0][0], item[-1][1]) for item in items)), stop


def _opens(text: str, lines: list[tuple[int, int]], n: int) -> bool:
    """Return whether line n begins a block even without an empty line before it."""
    line = _said(text, lines[n])
    starts = _HEADING.match(line) or _FENCE.match(line) or _ITEM.match(line)
    return bool(starts) or _is_table(text, lines, n)


def _is_table(text: str, lines: list[tuple[int, int]], n: int) -> bool:
    """Return whether line n is the head of a table: a rule of dashes and bars is below it."""
    if n + 1 >= len(lines) or "|" not in _said(text, lines[n]):
        return False
    rule = _said(text, lines[n + 1])
    return "|" in rule and bool(_TABLE_RULE.match(rule))


def _closing(text: str, lines: list[tuple[int, int]], n: int, fence: str) -> int:
    """Return the number of the line behind a fenced block; one never closed ends with the text."""
    for stop in range(n + 1, len(lines)):
        line = _said(text, lines[stop]).strip()
        if line.startswith(fence) and not line.strip(fence[0]):
            return stop + 1
    return len(lines)


def _spoken(text: str, lines: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return the lines that are not empty."""
    return tuple(line for line in lines if _said(text, line))


def _said(text: str, line: tuple[int, int]) -> str:
    """Return a line with its indentation, empty where it holds white space only."""
    start = text.rfind("\n", 0, line[0]) + 1
    return text[start : line[1]] if line[0] < line[1] else ""


def _indent(text: str, line: tuple[int, int]) -> int:
    """Return how far a line is indented, a tab counting as four."""
    return len(text[text.rfind("\n", 0, line[0]) + 1 : line[0]].expandtabs(4))


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """Yield the span of every line, without the space around it."""
    start = 0
    for piece in text.split("\n"):
        left = start + len(piece) - len(piece.lstrip())
        yield (left, left + len(piece.strip()))
        start += len(piece) + 1
