"""The table of a curve: the primary metric over the number in which arms differ."""

from harness.report.cells import value_cell
from harness.report.curves import Series
from harness.report.numbers import count
from harness.report.report_data import ReportData
from harness.report.table import Cell, Column, Row, Table, table


def series_table(data: ReportData, series: Series) -> Table | None:
    """Return the primary metric of every point on every split, arms to compare with last."""
    splits = data.scored_splits
    columns = [Column("curve", is_text=True), Column(series.x), Column("arm", is_text=True)]
    columns += [Column(split) for split in splits]
    points = [(c.name, written(x), arm) for c in series.curves for x, arm in c.points]
    points += [("", "", arm) for arm in series.beside]
    rows = []
    for curve, x, arm in points:
        found = [data.summary(arm, split, data.primary) for split in splits]
        cells = [value_cell(s, s.n if s else 0) for s in found]
        rows.append(Row((Cell(curve), Cell(x), Cell(arm), *cells)))
    caption = f"“{data.primary}” with its 95 % interval."
    return table(f"{data.primary} over {series.x}", columns, rows if splits else [], caption)


def written(x: float) -> str:
    """Return the number of a point as a file has it.

    >>> written(1092.0), written(0.3), written(0.001)
    ('1,092', '0.3', '0.001')
    """
    return count(x) if x == int(x) else f"{x:g}"
