"""What each arm has cost after so many questions."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from harness.costs.bill import Total, totals
from harness.report.numbers import count
from harness.report.plots.style import figure, grid, log_axis, look, wrapped
from harness.report.report_data import ReportData

RING: dict[str, Any] = {"color": "black", "markerfacecolor": "none", "markersize": 12}

MOST = 1e9
"""Beyond a thousand million questions nobody plans."""


def cumulative_cost_plot(data: ReportData) -> Figure | None:
    """Return total cost against the number of questions, a ring at each contrast's break-even.

    The legend says in words what the rings mark, and which contrasts never break even. All pairs
    stand in the table; rings for all would hide the lines.
    """
    every = {t.arm: t for t in totals(data.costs)}
    known = {n: every[n] for n in data.names if n in every and _cost(every[n], 1.0)}
    if not known:
        return None
    crossings = _crossings(data, known)
    last = min(MOST, max([1e5, *(10 * n for n, _, _ in crossings)]))
    first = 1.0 if any(n < 200 for n, _, _ in crossings) else 100.0
    labels = [wrapped(n if n in known else f"{n} (unknown)") for n in data.names]
    lines = sum(text.count("\n") + 1 for text in labels) + 4 * len(crossings) + 1
    drawn = figure(9.0, max(4.2, 0.6 + 0.23 * lines))
    axes = drawn.subplots()
    handles = [_draw(axes, known.get(name), i, first, last) for i, name in enumerate(data.names)]
    for n, a, b in crossings:
        axes.plot([n], [_cost(known[a], n) or np.nan], "o", **RING)
        handles.append(Line2D([], [], linestyle="", marker="o", **RING))
        labels.append(wrapped(f"{a} is cheaper than {b} from {count(n)} on"))
    costs = [cost for t in known.values() for n in (first, last) if (cost := _cost(t, n))]
    log_axis(axes, "x", first, last)
    log_axis(axes, "y", min(costs) / 2, max(costs) * 2)
    axes.set_xlabel("questions answered (log scale)")
    axes.set_ylabel("total cost, building included (USD, log scale)")
    grid(axes, "both")
    drawn.legend(
        handles, labels, loc="outside right upper", fontsize=8, frameon=False, handlelength=4
    )
    return drawn


def _crossings(data: ReportData, known: Mapping[str, Total]) -> list[tuple[float, str, str]]:
    """Return (number of questions, cheaper arm, dearer arm) for the contrasts that break even."""
    wanted = {frozenset(pair) for pair in data.contrasts}
    return [
        (b.questions, b.a, b.b)
        for b in data.break_evens
        if frozenset((b.a, b.b)) in wanted and {b.a, b.b} <= set(known)
        if b.questions is not None and 1 < b.questions <= MOST
    ]


def _draw(axes: Axes, total: Total | None, place: int, first: float, last: float) -> Line2D:
    """Draw the line of an arm with a known cost; return its entry for the legend."""
    shape = look(place)
    if total is None:
        return Line2D([], [], linestyle="", marker=shape.marker, markersize=6, color="#bbbbbb")
    ns = np.geomspace(first, last, 200)
    usd = [_cost(total, float(n)) or np.nan for n in ns]
    [line] = axes.plot(
        ns, usd, color=shape.colour, linestyle=shape.line, linewidth=1.5, marker=shape.marker,
        markersize=6, markevery=(7 * place % 40, 40),
    )  # fmt: skip
    return line


def _cost(t: Total, n: float) -> float | None:
    if t.one_off is None or t.per_question is None:
        return None
    return t.one_off + n * t.per_question
