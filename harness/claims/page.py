"""Verdicts to a page for people, a file for machines, and a table for the terminal."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from math import isfinite
from pathlib import Path

from harness.claims.evidence import Evidence, Missing
from harness.claims.judging import Judged, Shown
from harness.claims.words import SAID, about, condition, measure, numbers, verdict
from harness.files import write_text
from harness.report.columns import csv_text
from harness.report.table import Cell, Column, Row, Table, markdown, plain

COLUMNS = (
    "claim", "title", "case", "split", "verdict", "run", "measure", "arms", "value", "low", "high",
    "unit", "n", "condition", "finding", "method", "note", "model", "parameters", "dataset",
    "hardware", "missing", "command", "published", "source",
)  # fmt: skip
"""The columns of `claims.csv`, an interface as the other files' are."""

SCOPE = (
    "Every verdict is about the model, the question set, the split and the machine that stand "
    "beside it, and about no other: what a model of a few million parameters does neither refutes "
    "nor confirms what was said about one of 7 billion. A verdict is computed: the 95 % interval "
    "lies on one side of the condition (supported, refuted) or it does not (undecided)."
)


def tables(rows: Sequence[Judged]) -> list[Table]:
    """Return the claims that were measured, and those that were not with what would do it."""
    done = [row for row in rows if row.verdict != "not measured"]
    left = [row for row in rows if row.verdict == "not measured"]
    found = []
    if done:
        names = ("", "claim, published figure", "ours, 95 % interval", "verdict")
        columns = tuple(Column(name, is_text=True) for name in names)
        found.append(Table("Claims", columns, tuple(_rows(done))))
    if left:
        columns = tuple(Column(name, is_text=True) for name in ("", "claim", "what would do it"))
        found.append(Table("Not measured by this run", columns, tuple(_left(left))))
    return found


def how_to_read(rows: Sequence[Judged]) -> str:
    """Return whom the verdicts are about, and what follows from that."""
    known = [r.scope for r in rows if r.scope is not None and r.verdict != "not measured"]
    named = dict.fromkeys(f"{s.model} on {s.dataset}, {s.hardware}" for s in known)
    return f"About {'; '.join(named)}. {SCOPE}" if named else SCOPE


def write(rows: Sequence[Judged], folder: Path) -> None:
    """Write `claims.csv` and `claims.md`."""
    write_text(folder / "claims.csv", csv_text(COLUMNS, _csv_rows(rows)))
    write_text(folder / "claims.md", _page(rows))


def as_plain(rows: Sequence[Judged]) -> list[dict[str, object]]:
    """Return the rows of `claims.csv` for a machine."""
    return [dict(zip(COLUMNS, cells, strict=True)) for cells in _csv_rows(rows)]


def _rows(rows: Sequence[Judged]) -> Iterator[Row]:
    several = len({row.run for row in rows}) > 1
    before = Judged("", rows[0].claim, "", "", "not measured")
    for row in rows:
        published = "; ".join(p.figure for p in row.claim.published) or "no figure published"
        says = "" if (row.id, row.case) == (before.id, before.case) else _name(row)
        ours = ";\n".join(_ours(one) for one in row.shown)
        yield Row(
            (
                Cell(row.id),
                Cell(says, "" if row.id == before.id else published, strong=bool(says)),
                Cell(ours),
                Cell(SAID[row.verdict], about(row, run=several), strong=True),
            )
        )
        before = row


def _left(rows: Sequence[Judged]) -> Iterator[Row]:
    for (name, _), group in groupby(rows, key=lambda row: (row.id, row.case)):
        same = list(group)
        why = "; ".join(dict.fromkeys(row.missing for row in same))
        command = same[0].command
        yield Row((Cell(name), Cell(_name(same[0])), Cell(command or why, why if command else "")))


def _name(row: Judged) -> str:
    return row.claim.title + (f" ({row.case})" if row.case else "")


def _ours(one: Shown) -> str:
    return f"{measure(one.check, one.arms)} {numbers(one.check, one.found)}"


def _csv_rows(rows: Sequence[Judged]) -> Iterator[list[object]]:
    for row in rows:
        published = "; ".join(f"{p.figure} ({p.source}, {p.standing})" for p in row.claim.published)
        scope = row.scope
        for one in row.shown or (None,):
            found = one.found if one is not None else None
            there = found if isinstance(found, Evidence) else None
            missing = found.what if isinstance(found, Missing) else ""
            yield [
                row.id, row.claim.title, row.case, row.split, row.verdict, row.run,
                measure(one.check, one.arms) if one else "",
                " ".join(one.arms) if one else "",
                *_cells(there),
                condition(one.check) if one else "",
                one.finding if one else "",
                there.method if there else "",
                "; ".join(filter(None, (there.note if there else "", one.note if one else ""))),
                scope.model if scope else "",
                scope.parameters if scope else None,
                scope.dataset if scope else "",
                scope.hardware if scope else "",
                row.missing or missing,
                row.command, published, row.claim.source,
            ]  # fmt: skip


def _cells(found: Evidence | None) -> list[object]:
    if found is None:
        return [None] * 5
    ends = (found.value, found.low, found.high)
    finite = [end if end is not None and isfinite(end) else None for end in ends]
    return [*finite, found.unit, found.n]


def _page(rows: Sequence[Judged]) -> str:
    lines = ["# Published claims beside this run", "", plain(how_to_read(rows)), ""]
    lines += [markdown(table) for table in tables(rows)]
    lines += ["## The claims one by one", ""]
    for _, group in groupby(rows, key=lambda row: row.id):
        lines += _section(list(group))
    return "\n".join(lines).rstrip("\n") + "\n"


def _section(rows: Sequence[Judged]) -> Iterator[str]:
    claim = rows[0].claim
    yield from (f"### {rows[0].id} {plain(claim.title)}", "", plain(claim.statement), "")
    yield f"- said by: {plain(claim.source)}"
    for p in claim.published:
        where = f", <{p.link}>" if p.link else ""
        yield f"- published: {plain(p.figure)} ({plain(p.source)}{where}; {p.standing})"
    yield f"- counts as supported: {plain(claim.condition)}"
    for row in rows:
        yield f"- **{plain(verdict(row))}**" + (f" [{plain(row.case)}]" if row.case else "")
        for one in row.shown:
            notes = [one.note, one.found.note if isinstance(one.found, Evidence) else ""]
            said = f"{_ours(one)}; condition: {condition(one.check)}; {one.finding}"
            yield f"  - {plain('; '.join([said, *filter(None, notes)]))}"
    yield ""
