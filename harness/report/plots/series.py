"""Quality over one number in which arms differ: learning curves, dose and response, sweeps."""

from itertools import count as from_
from math import log

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MultipleLocator, NullLocator

from harness.report.curves import Series
from harness.report.plots.style import Look, figure, grid, look, wrapped
from harness.report.report_data import ReportData
from harness.report.series import written

ROOM = 1 / 7
"""Of the width of a panel: least distance of two ticks, so that their numbers stand apart."""


def series_plot(data: ReportData, series: Series) -> Figure | None:
    """Return one panel a split: the primary metric over the number, with 95 % intervals.

    Arms to compare with are level lines in a band, their own interval.
    """
    splits = data.scored_splits
    if not splits:
        return None
    looks = from_()
    curves = {curve.name: look(next(looks)) for curve in series.curves}
    level = {arm: look(next(looks)) for arm in series.beside}
    drawn = figure(3.4 * len(splits) + 1.8, 3.8)
    panels = drawn.subplots(1, len(splits), sharey=True, squeeze=False)[0]
    units = {s.unit for s in data.summaries if s.metric == data.primary}
    for axes, split in zip(panels, splits, strict=True):
        _panel(axes, data, series, split, curves, level)
        _x_axis(axes, series)
        axes.set_title(split, fontsize=11)
        grid(axes, "both")
    if units == {"share"}:
        panels[0].set_ylim(-0.04, 1.04)
        panels[0].yaxis.set_major_locator(MultipleLocator(0.25))
    panels[0].set_ylabel(f"{data.primary} ({', '.join(sorted(units))})")
    drawn.supxlabel(f"{series.x}{' (log scale)' if series.log else ''}", fontsize=10)
    handles, labels = panels[0].get_legend_handles_labels()
    drawn.legend(handles, labels, loc="outside right upper", fontsize=8, frameon=False)
    return drawn


def _panel(
    axes: Axes,
    data: ReportData,
    series: Series,
    split: str,
    curves: dict[str, Look],
    level: dict[str, Look],
) -> None:
    for arm, shape in level.items():
        s = data.summary(arm, split, data.primary)
        label = wrapped(arm)
        if s is None or s.value is None:
            axes.plot([], [], color=shape.colour, label=f"{label} (no value)")
            continue
        axes.axhline(s.value, color=shape.colour, linestyle=shape.line, linewidth=1.3, label=label)
        if s.low is not None and s.high is not None:
            axes.axhspan(s.low, s.high, color=shape.colour, alpha=0.12, linewidth=0)
    for curve in series.curves:
        shape = curves[curve.name]
        found = [(x, data.summary(arm, split, data.primary)) for x, arm in curve.points]
        known = [(x, s, s.value) for x, s in found if s is not None and s.value is not None]
        for x, s, _ in known:
            if s.low is not None and s.high is not None:
                axes.plot([x, x], [s.low, s.high], color=shape.colour, linewidth=1.1, zorder=2)
                axes.plot([x, x], [s.low, s.high], "_", color=shape.colour, markersize=6, zorder=2)
        axes.plot(
            [x for x, _, _ in known],
            [value for _, _, value in known],
            color=shape.colour,
            linestyle=shape.line,
            marker=shape.marker,
            markersize=6,
            zorder=3,
            label=wrapped(curve.name),
        )


def _x_axis(axes: Axes, series: Series) -> None:
    """Put ticks at the numbers themselves, from the last one down, where there is room."""
    every = sorted({x for curve in series.curves for x, _ in curve.points}, reverse=True)
    scale = log if series.log else float
    width = (scale(every[0]) - scale(every[-1])) or 1.0
    shown: list[float] = []
    for x in every:
        if not shown or scale(shown[-1]) - scale(x) >= width * ROOM:
            shown.append(x)
    if series.log:
        axes.set_xscale("log")
        axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_locator(FixedLocator(shown))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: written(x)))
    axes.tick_params(axis="x", labelsize=8)
