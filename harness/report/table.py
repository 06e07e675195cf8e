"""A table as data, and how it looks in Markdown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: what it says, a second line (an interval), and a reason to go into the notes."""

    text: str
    below: str = ""
    note: str = ""
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row of cells; a floor stands below a line, after the arms."""

    cells: tuple[Cell, ...]
    is_floor: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A heading; numbers stand to the right, text to the left."""

    name: str
    is_text: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table with a caption that says how to read it."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    caption: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """The different notes of the cells, in reading order; cells refer to them from 1."""
        cells = (cell for row in self.rows for cell in row.cells)
        return tuple(dict.fromkeys(cell.note for cell in cells if cell.note))

    @property
    def marks(self) -> dict[str, str]:
        """The number of each note."""
        return {note: str(i) for i, note in enumerate(self.notes, start=1)}


def table(
    title: str, columns: Iterable[Column], rows: Sequence[Row], caption: str = ""
) -> Table | None:
    """Return a table, arms before floors, or None where there are no rows."""
    ordered = sorted(rows, key=lambda row: row.is_floor)
    return Table(title, tuple(columns), tuple(ordered), caption) if ordered else None


def markdown(table: Table) -> str:
    """Return a table in GitHub's Markdown, its notes below."""
    lines = [f"**{plain(table.title)}**", ""]
    lines.append("| " + " | ".join(plain(c.name) for c in table.columns) + " |")
    lines.append("|" + "|".join("---" if c.is_text else "---:" for c in table.columns) + "|")
    marks = table.marks
    for row in table.rows:
        cells = [_markdown_cell(cell, marks.get(cell.note, "")) for cell in row.cells]
        if row.is_floor:
            cells[0] = f"*{cells[0]}*"
        lines.append("| " + " | ".join(cells) + " |")
    lines.append("")
    if table.caption:
        lines += [plain(table.caption), ""]
    lines += [f"- [{i}] {plain(note)}" for i, note in enumerate(table.notes, start=1)]
    return "\n".join(lines).rstrip("\n") + "\n"


def _markdown_cell(cell: Cell, mark: str) -> str:
    text = plain(cell.text)
    if cell.strong:
        text = f"**{text}**"
    return " ".join(part for part in (text, plain(cell.below), f"[{mark}]" if mark else "") if part)


def plain(text: str) -> str:
    """Return text on one line that Markdown shows as it is."""
    flat = " ".join(text.split())
    for sign in "\\|*_`<":
        flat = flat.replace(sign, f"\\{sign}")
    return flat
