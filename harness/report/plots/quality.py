"""Quality of every arm on every split, with intervals."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, MultipleLocator

from harness.report.plots.style import COLOURS, figure, grid, look, name_rows, row_inches
from harness.report.report_data import ReportData


def quality_plot(data: ReportData) -> Figure | None:
    """Return one panel a split, one row an arm: the primary metric and its 95 % interval."""
    splits = data.scored_splits
    if not splits:
        return None
    floors = [f.name for f in data.floors if any(s.arm == f.name for s in data.summaries)]
    names = [*data.names, *floors]
    drawn = figure(2.6 + 2.9 * len(splits), 1.0 + row_inches(names))
    panels = drawn.subplots(1, len(splits), sharey=True, squeeze=False)[0]
    for axes, split in zip(panels, splits, strict=True):
        _panel(axes, data, split, names)
    name_rows(panels[0], names)
    ends = [end for axes in panels for end in axes.get_xlim()]
    for axes in panels:
        axes.set_xlim(min(ends), max(ends))
    return drawn


def _panel(axes: Axes, data: ReportData, split: str, names: list[str]) -> None:
    unit, ends = "share", [0.0]
    missing = []
    for row, name in enumerate(names):
        s = data.summary(name, split, data.primary)
        if s is None or s.value is None:
            missing.append(row)
            continue
        unit = s.unit
        ends += [end for end in (s.value, s.low, s.high) if end is not None]
        is_floor = row >= len(data.arms)
        if s.low is not None and s.high is not None:
            axes.plot([s.low, s.high], [row, row], color="black", linewidth=1.3, zorder=2)
            axes.plot([s.low, s.high], [row, row], "|", color="black", markersize=6, zorder=2)
        axes.plot(
            [s.value],
            [row],
            "|" if is_floor else look(row).marker,
            color="black" if is_floor else look(row).colour,
            markersize=12 if is_floor else 7,
            markeredgewidth=2 if is_floor else 1,
            zorder=3,
        )
    whole = {"share": 1.0, "points": 100.0}.get(unit)
    low, high = min(ends), max(ends) if whole is None else whole
    room = 0.03 * (high - low or 1.0)
    axes.set_xlim(low - room, high + room)
    for row in missing:
        axes.text(low + room / 3, row, "no value", fontsize=8, style="italic", va="center")
    if len(names) > len(data.arms):
        axes.axhline(len(data.arms) - 0.5, color=COLOURS[0], linewidth=0.8, linestyle=":")
    axes.set_title(split, fontsize=11)
    axes.set_xlabel(f"{data.primary} ({unit})")
    axes.xaxis.set_major_locator(MultipleLocator(whole / 4) if whole else MaxNLocator(4))
    grid(axes, "x")
