"""Findings to a table for people and a file for machines."""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, fields
from pathlib import Path

from harness.audit.finding import Finding
from harness.files import write_text
from harness.report.columns import csv_text
from harness.report.numbers import NONE
from harness.report.table import Cell, Column, Row, Table, markdown, table

COLUMNS = tuple(field.name for field in fields(Finding))
"""The columns of `audit.csv`, an interface as the other files' are."""

HOW_TO_READ = (
    "Headline: RAG over fine-tuned, minus 1, in percent, with its 95 % interval. Beside the name "
    "of a metric it stands as published: the best RAG arm on these test questions, a checkpoint "
    "of its own, test answers in the index, one encoder for retrieval and metric (as far as the "
    "run has these). Below, what each switch makes of it; the change is in points."
)


def tables(findings: Sequence[Finding]) -> list[Table]:
    """Return a table for each index and split."""
    groups: dict[tuple[str, str], dict[str, list[Finding]]] = {}
    for finding in findings:
        of_metrics = groups.setdefault((finding.index, finding.split), {})
        of_metrics.setdefault(finding.metric, []).append(finding)
    columns = (Column("", is_text=True), Column("headline, %"), Column("change"), Column("RAG arm"))
    made = []
    for (index, split), of_metrics in groups.items():
        rows = [row for group in of_metrics.values() for row in _rows(group)]
        first = next(iter(of_metrics.values()))[0]
        title = f"RAG from {index} against {first.fine_tuned}, {split}"
        made.append(table(title, columns, rows, HOW_TO_READ))
    return [one for one in made if one is not None]


def write(findings: Sequence[Finding], folder: Path) -> None:
    """Write `audit.csv` and `audit.md`."""
    write_text(folder / "audit.csv", csv_text(COLUMNS, [astuple(f) for f in findings]))
    pages = [markdown(one) for one in tables(findings)]
    write_text(
        folder / "audit.md", "\n".join(["# What the set-up does to the headline", "", *pages])
    )


def _rows(of_metric: Sequence[Finding]) -> Iterator[Row]:
    """Yield the headline as published, then what each switch makes of it."""
    known = [f for f in of_metric if f.published is not None]
    if (f := next(iter(known), None)) is not None:
        headline = _percent(f.published, f.published_low, f.published_high)
        name = Cell(f"{f.metric}, n = {f.n}", strong=True)
        yield Row((name, headline, Cell(""), Cell(f.published_rag)))
    else:
        yield Row((Cell(of_metric[0].metric, strong=True), Cell(NONE), Cell(""), Cell("")))
    for f in of_metric:
        yield Row(
            (
                Cell(f.switch, note=f.note),
                _percent(f.switched, f.switched_low, f.switched_high),
                _percent(f.change, f.change_low, f.change_high),
                Cell(f.switched_rag),
            )
        )


def _percent(value: float | None, low: float | None, high: float | None) -> Cell:
    below = f"[{_signed(low)}, {_signed(high)}]" if None not in (low, high) else ""
    return Cell(_signed(value), below)


def _signed(share: float | None) -> str:
    if share is None:
        return NONE
    text = f"{100 * share:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text.replace("-", "−")
