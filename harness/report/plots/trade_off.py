"""Quality against something that one pays: latency, money."""

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from harness.costs.bill import totals
from harness.report.latency import latency_rows
from harness.report.plots.style import figure, grid, log_axis, look, wrapped
from harness.report.report_data import ReportData


def latency_trade_off_plot(data: ReportData) -> Figure | None:
    """Return quality against p50 (filled) and p95 (hollow) of the whole answer, a panel a split."""
    rows = [r for r in latency_rows(data.spans, data.names) if r.span == "total"]
    spots = {r.arm: (r.p50_ms, r.p95_ms) for r in rows}
    return _trade_off(data, spots, "latency at batch size 1 (ms, log scale)", ("p50", "p95"))


def cost_trade_off_plot(data: ReportData) -> Figure | None:
    """Return quality against the cost of 1,000 questions, building not included."""
    spots = {
        t.arm: (1000 * t.per_question,)
        for t in totals(data.costs)
        if t.per_question is not None and t.per_question > 0
    }
    return _trade_off(data, spots, "cost of 1,000 questions (USD, log scale)", ())


def _trade_off(
    data: ReportData, spots: Mapping[str, tuple[float, ...]], label: str, ends: tuple[str, ...]
) -> Figure | None:
    spots = {arm: xs for arm, xs in spots.items() if all(x > 0 for x in xs)}
    splits = [s for s in data.splits if any(_value(data, arm, s) is not None for arm in spots)]
    if not splits:
        return None
    labels = [_label(data, arm, spots, splits) for arm in data.names]
    lines = sum(text.count("\n") + 1 for text in labels) + len(ends) + 1
    drawn = figure(3.1 * len(splits) + 2.6, max(3.6, 0.6 + 0.23 * lines))
    panels = drawn.subplots(1, len(splits), sharey=True, squeeze=False)[0]
    every = [x for xs in spots.values() for x in xs]
    low, high = min(every) / 1.6, max(every) * 1.6
    for axes, split in zip(panels, splits, strict=True):
        _panel(axes, data, split, spots)
        log_axis(axes, "x", low, high)
        axes.set_title(split, fontsize=11)
    units = {s.unit for s in data.summaries if s.metric == data.primary}
    panels[0].set_ylabel(f"{data.primary} ({', '.join(sorted(units))})")
    if units == {"share"}:
        panels[0].set_ylim(-0.04, 1.04)
    drawn.supxlabel(label, fontsize=10)
    handles = [_handle(look(i).marker, look(i).colour, full=True) for i in range(len(labels))]
    for i, end in enumerate(ends):
        handles.append(_handle("o", "#777777", full=i == 0))
        labels.append(f"{end} ({'filled' if i == 0 else 'hollow'})")
    drawn.legend(handles, labels, loc="outside right upper", fontsize=8, frameon=False)
    return drawn


def _panel(
    axes: Axes, data: ReportData, split: str, spots: Mapping[str, tuple[float, ...]]
) -> None:
    for i, arm in enumerate(data.names):
        y = _value(data, arm, split)
        if y is None or arm not in spots:
            continue
        shape, xs = look(i), spots[arm]
        s = data.summary(arm, split, data.primary)
        if s is not None and s.low is not None and s.high is not None:
            axes.plot([xs[0]] * 2, [s.low, s.high], color=shape.colour, linewidth=0.9, zorder=1)
        axes.plot(xs, [y] * len(xs), color=shape.colour, linewidth=0.9, linestyle=":", zorder=1)
        for k, x in enumerate(xs):
            face = shape.colour if k == 0 else "white"
            axes.plot(
                [x], [y], shape.marker, color=shape.colour, markerfacecolor=face, markersize=7
            )
    grid(axes, "both")


def _value(data: ReportData, arm: str, split: str) -> float | None:
    s = data.summary(arm, split, data.primary)
    return s.value if s else None


def _label(
    data: ReportData, arm: str, spots: Mapping[str, tuple[float, ...]], splits: list[str]
) -> str:
    known = arm in spots and any(_value(data, arm, split) is not None for split in splits)
    return wrapped(arm if known else f"{arm} (not measured)")


def _handle(marker: str, colour: str, *, full: bool) -> Line2D:
    face = colour if full else "white"
    return Line2D([], [], linestyle="", marker=marker, color=colour, markerfacecolor=face)
