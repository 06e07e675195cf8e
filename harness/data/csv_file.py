"""CSV files to raw rows."""

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from harness.data.faults import Findings, Place
from harness.data.lines import text_lines
from harness.data.options import DataOptions
from harness.data.rows import Raw

LISTS = ("answers", "values", "short", "gold", "context")


def read_csv(path: Path, options: DataOptions, findings: Findings) -> Iterator[Raw]:
    """Yield the rows below the header; an empty cell is an absent field.

    A cell of `answers`, `values`, `short`, `gold` or `context` may hold a JSON list. A row of
    another length than the header is reported.
    """
    csv.field_size_limit(sys.maxsize)
    listed = {options.column(name) for name in LISTS}
    reader = csv.reader((line for _, line in text_lines(path, findings)), strict=True)
    header: list[str] = []
    start = 1
    try:
        for cells in reader:
            place, start = Place(str(path), start), reader.line_num + 1
            if not header:
                header = [cell.strip() for cell in cells]
                for name in sorted({name for name in header if header.count(name) > 1}):
                    findings.error(place, f"two columns are called {name!r}", "rename one of them")
            elif cells and len(cells) != len(header):
                problem = f"{len(cells)} cells where the header has {len(header)}"
                findings.error(place, problem, "quote cells that hold a comma or a line end")
            elif cells:
                yield Raw(
                    place,
                    {
                        name: _list(cell) if name in listed else cell
                        for name, cell in zip(header, cells, strict=True)
                        if cell.strip()
                    },
                )
    except csv.Error as error:
        findings.error(Place(str(path), start), f"broken CSV ({error})", "mend the quotes")


def _list(cell: str) -> object:
    """Return the JSON list in a cell, or the cell.

    >>> _list('["a", "b"]'), _list("[sic] a")
    (['a', 'b'], '[sic] a')
    """
    if cell.startswith("["):
        try:
            return json.loads(cell)
        except json.JSONDecodeError:
            return cell
    return cell
