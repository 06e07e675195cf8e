"""The result in a terminal: quality, latency, cost, the headline, and where the rest is."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from harness.report.headline import headline, verdicts
from harness.report.price_tables import cost_table, latency_table
from harness.report.quality_tables import quality_table
from harness.report.report_data import ReportData
from harness.report.table import Cell, Table
from harness.report.training_tables import training_table


def print_report(data: ReportData, folder: Path, console: Console | None = None) -> None:
    """Print the main tables, the headline, the warnings and the path of the report.

    Args:
        data: All records.
        folder: Where `write_report` wrote.
        console: Where to print; standard output if None.
    """
    console = console or Console()
    shown = [quality_table(data, split) for split in data.splits]
    several = training_table(data) if len(data.training) > 1 else None
    for table in (*shown, latency_table(data), cost_table(data), several):
        if table is not None:
            console.print(rich_table(fitted(table, console.width)))
    for sentence in (*headline(data), *verdicts(data)):
        console.print(sentence, markup=False, highlight=False)
    for warning in data.warnings:
        console.print(f"warning: {warning}", style="yellow", markup=False, highlight=False)
    path = Text(f"\nReport: {folder / 'report.html'}", overflow="fold")
    console.print(path, highlight=False, soft_wrap=True)


def fitted(table: Table, width: int, rest: str = "In the report") -> Table:
    """Return the table without the columns that do not fit a line; its caption counts them.

    The first column, n and failures always stay, further ones as they come; what an arm was
    given goes first, since the report's table of arms says it too. `rest` is where the others are.
    """
    wide = [
        2 + max(len(line) for line in (column.name, *_lines(table, i)))
        for i, column in enumerate(table.columns)
    ]
    names = [column.name for column in table.columns]
    kept = {0, *(i for i, name in enumerate(names) if name in ("n", "failures"))}
    for i, name in enumerate(names):
        if i not in kept and name != "given" and sum(wide[j] for j in kept) + wide[i] <= width:
            kept.add(i)
    hidden = len(table.columns) - len(kept)
    if not hidden:
        return table
    return replace(
        table,
        columns=tuple(c for i, c in enumerate(table.columns) if i in kept),
        rows=tuple(
            replace(row, cells=tuple(c for i, c in enumerate(row.cells) if i in kept))
            for row in table.rows
        ),
        caption=f"{table.caption} {rest}: {hidden} more.".strip(),
    )


def _lines(table: Table, column: int) -> Iterator[str]:
    for row in table.rows:
        cell = row.cells[column]
        yield cell.text + (" [1]" if cell.note else "")
        yield cell.below


def rich_table(table: Table) -> RichTable:
    """Return a table for `rich`, intervals on a second line, floors below a line."""
    marks = table.marks
    below = [table.caption] if table.caption else []
    below += [f"[{i}] {note}" for i, note in enumerate(table.notes, start=1)]
    found = RichTable(
        title=Text(table.title, style="bold"),
        title_justify="left",
        caption=Text("\n".join(below)),
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    for i, column in enumerate(table.columns):
        longest = max(len(row.cells[i].text) for row in table.rows)
        found.add_column(
            Text(column.name),
            justify="left" if column.is_text else "right",
            overflow="fold",
            min_width=longest if i == 0 else None,
        )
    for row, after in zip(table.rows, [*table.rows[1:], None], strict=True):
        ends = after is not None and after.is_floor and not row.is_floor
        cells = [_text(cell, marks.get(cell.note, "")) for cell in row.cells]
        found.add_row(*cells, end_section=ends)
    return found


def _text(cell: Cell, mark: str) -> Text:
    text = Text(cell.text, style="bold" if cell.strong else "")
    if mark:
        text.append(f" [{mark}]", style="not bold dim")
    if cell.below:
        text.append(f"\n{cell.below}", style="not bold dim")
    return text
