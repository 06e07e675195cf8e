"""How one value becomes one cell."""

from harness.report.numbers import NONE, count, interval, number, signed
from harness.report.report_data import ArmDescription, ReportData
from harness.report.table import Cell, Column
from harness.results import Effect, Pair, Summary

ARM = (Column("arm", is_text=True), Column("given", is_text=True))
"""Every table of arms begins with these."""

CONFOUNDED = "†"


def name_cell(arm: ArmDescription) -> Cell:
    """Return the name of an arm, marked where it is confounded."""
    if not arm.confounded:
        return Cell(arm.name)
    return Cell(f"{arm.name} {CONFOUNDED}", note=f"confounded: {arm.confounded}")


def value_cell(s: Summary | None, n: int) -> Cell:
    """Return a metric with its interval; n is that of the row, said only where it differs."""
    if s is None:
        return Cell(NONE, note="not measured for this arm")
    text = number(s.value, s.unit, s.n)
    reasons = [s.note or "no value"] if text == NONE else [s.note] if s.note else []
    if text != NONE and s.n != n:
        reasons.append(f"n = {count(s.n)}")
    if s.lowest is not None and s.highest is not None:
        ends = f"{number(s.lowest, s.unit, s.n)} and {number(s.highest, s.unit, s.n)}"
        reasons.append(f"with the unmeasured at worst and at best: between {ends}")
    below = interval(s.low, s.high, s.unit, s.n)
    if below and s.seed_sd is not None:
        below += f" sd {number(s.seed_sd, s.unit, s.n)}"
    return Cell(text, below, "; ".join(reasons))


def difference_cell(p: Pair | None, unit: str, a: str, b: str) -> Cell:
    """Return a paired difference with its interval, strong where that leaves out 0."""
    if p is None:
        return Cell(NONE, note=f"{a} and {b} were not compared on this metric")
    text = signed(p.difference, unit, p.n)
    note = p.note or ("no difference defined" if text == NONE else "")
    if p.lowest is not None and p.highest is not None:
        ends = f"{signed(p.lowest, unit, p.n)} and {signed(p.highest, unit, p.n)}"
        bound = f"with the unmeasured at worst and at best: between {ends}"
        note = f"{note}; {bound}" if note else bound
    return Cell(text, interval(p.low, p.high, unit, p.n), note, leaves_out_zero(p.low, p.high))


def effect_cell(e: Effect, unit: str) -> Cell:
    """Return an effect with its interval, strong where that leaves out 0."""
    text = signed(e.value, unit, e.n)
    note = e.note or ("no value" if text == NONE else "")
    return Cell(text, interval(e.low, e.high, unit, e.n), note, leaves_out_zero(e.low, e.high))


def leaves_out_zero(low: float | None, high: float | None) -> bool:
    """Return whether an interval lies wholly on one side of 0."""
    return low is not None and high is not None and (low > 0 or high < 0)


def unit_of(data: ReportData, metric: str) -> str:
    """Return the unit of a metric, `share` where it has no summary."""
    return next((s.unit for s in data.summaries if s.metric == metric), "share")
