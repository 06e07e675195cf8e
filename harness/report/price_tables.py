"""Tables of what quality is paid with: latency and money."""

from collections.abc import Sequence

from harness.costs.bill import totals
from harness.report.cells import ARM, name_cell
from harness.report.latency import STEPS, LatencyRow, latency_rows
from harness.report.numbers import NONE, count, significant
from harness.report.report_data import ReportData
from harness.report.table import Cell, Column, Row, Table, table


def latency_table(data: ReportData) -> Table | None:
    """Return p50, p95 and p99 of the whole answer, and the mean of each of its steps."""
    rows = latency_rows(data.spans, data.names)
    found = {r.span for r in rows}
    steps = [s for s in STEPS if s in found]
    steps += sorted(found - {"total", "other", *STEPS})
    steps += ["other"] if "other" in found else []
    columns = [*ARM, Column("p50 ms"), Column("p95 ms"), Column("p99 ms")]
    columns += [*(Column(f"{s.replace('_', ' ')} (mean ms)") for s in steps), Column("n")]
    by_key = {(r.arm, r.span): r for r in rows}
    lines = [
        Row((name_cell(arm), Cell(arm.given), *_latency_cells(arm.name, by_key, steps)))
        for arm in data.arms
    ]
    caption = (
        "One question at a time, after a warm-up, the arms taking turns. "
        "The steps are means, since medians of parts do not add up."
    )
    return table("Latency", columns, lines if rows else [], caption)


def cost_table(data: ReportData) -> Table | None:
    """Return what each arm costs once and per 1,000 questions."""
    columns = [*ARM, Column("once, USD"), Column("per 1,000 questions, USD")]
    columns.append(Column("per 1,000 at batch size 1, USD"))
    known = {t.arm: t for t in totals(data.costs)}
    rows = []
    for arm in data.arms:
        t = known.get(arm.name)
        sums = (t.one_off, t.per_question, t.per_question_batch_1) if t else (None, None, None)
        factors = (1, 1000, 1000)
        missing = "unknown: not measured for this arm" if t else "unknown: nothing was measured"
        cells = [
            Cell(significant(usd * by)) if usd is not None else Cell("unknown", note=missing)
            for usd, by in zip(sums, factors, strict=True)
        ]
        rows.append(Row((name_cell(arm), Cell(arm.given), *cells)))
    caption = (
        f"Prices: {data.prices or 'see cost.csv'}. What several arms share is charged in full to "
        "each of them. The bill line by line, with the source of every price, is in cost.csv."
    )
    return table("Cost", columns, rows if data.costs else [], caption)


def break_even_table(data: ReportData) -> Table | None:
    """Return from how many questions on the arm of the row is cheaper than that of the column."""
    found = {(b.a, b.b): b for b in data.break_evens}
    names = [n for n in data.names if any(n in key for key in found)]
    rows = []
    for a in names:
        cells = [Cell(a)]
        for b in names:
            row = found.get((a, b))
            if row is None:
                cells.append(Cell("" if a == b else NONE))
            elif row.questions is None:
                cells.append(Cell(row.note.split(":")[0], note=row.note))
            else:
                cells.append(Cell("at once" if row.questions <= 1 else count(row.questions)))
        rows.append(Row(tuple(cells)))
    columns = [Column("cheaper ↓ than →", is_text=True), *(Column(n) for n in names)]
    caption = (
        "Number of questions from which on the arm of the row is cheaper in total, building "
        "included, at batch throughput. “At once”: from the first question on. "
        "Times carry no interval here: a saving per question that is smaller than their spread "
        "breaks even by chance."
    )
    return table("Break-even", columns, rows, caption)


def _latency_cells(
    arm: str, rows: dict[tuple[str, str], LatencyRow], steps: Sequence[str]
) -> list[Cell]:
    total = rows.get((arm, "total"))
    if total is None:
        why = "latency was not measured for this arm"
        return [Cell(NONE, note=why)] * (3 + len(steps)) + [Cell("0")]
    p99_note = "" if total.n >= 100 else f"from {total.n} questions only"
    cells = [Cell(significant(total.p50_ms)), Cell(significant(total.p95_ms))]
    cells.append(Cell(significant(total.p99_ms), note=p99_note))
    for step in steps:
        row = rows.get((arm, step))
        cells.append(Cell(significant(row.mean_ms)) if row else Cell("0"))
    return [*cells, Cell(count(total.n))]
