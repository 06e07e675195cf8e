"""What the four cells say: where an arm that retrieves loses its answers."""

from collections.abc import Sequence

from harness.report.numbers import NONE, count, interval, number
from harness.report.report_data import ReportData
from harness.report.table import Cell, Column, Row, Table, table
from harness.results import FourCells
from harness.stats import wilson

COLUMNS = (
    "retrieved, right", "retrieved, wrong", "missed, right", "missed, wrong", "right if retrieved",
    "right if missed", "n",
)  # fmt: skip


def four_cells_table(data: ReportData) -> Table | None:
    """Return a row for each arm, split and seed; None where no arm retrieves."""
    order = {split: place for place, split in enumerate(data.splits)}
    several = len({row.seed for row in data.four_cells}) > 1
    columns = [Column("arm", is_text=True), Column("split", is_text=True)]
    columns += [Column(name) for name in COLUMNS]
    rows = []
    for row in sorted(data.four_cells, key=lambda r: order.get(r.split, len(order))):
        name = f"{row.arm}, seed {row.seed}" if several else row.arm
        cells = (
            row.retrieved_right, row.retrieved_wrong, row.missed_right, row.missed_wrong,
        )  # fmt: skip
        shown = [Cell(_counted(n, row.n)) for n in cells]
        shown += [_share(*cells[:2]), _share(*cells[2:])]
        left_out = f"{row.unmeasured} questions unmeasured" if row.unmeasured else ""
        rows.append(Row((Cell(name), Cell(row.split), *shown, Cell(count(row.n), note=left_out))))
    return table("Retrieved, and right", columns, rows, _caption(data.four_cells))


def _caption(found: Sequence[FourCells]) -> str:
    if not found:
        return ""
    row = found[0]
    right = f"“{row.metric}”" if row.cut == 1 else f"“{row.metric}” of {row.cut:g} or more"
    return (
        f"Right is {right}; retrieved, a gold document among the passages that the arm was given. "
        "Questions with gold documents only. Retrieved and wrong is what the model loses, missed "
        "what the retriever loses; missed and right is knowledge of the model's own, an answer "
        "that stands elsewhere too, or luck. Shares with Wilson's interval, which takes questions "
        "one by one."
    )


def _counted(n: int, of: int) -> str:
    return f"{count(n)} ({n / of:.0%})" if of else NONE


def _share(right: int, wrong: int) -> Cell:
    n = right + wrong
    if not n:
        return Cell(NONE, note="no such question")
    low, high = wilson(right / n, n)
    return Cell(number(right / n, "share", n), interval(low, high, "share", n))
