"""What passages add, what training adds, and whether the two add up."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from harness.report.cells import unit_of
from harness.report.plots.style import COLOURS, figure, grid, name_rows, row_inches
from harness.report.report_data import ReportData
from harness.results import Effect

ROWS = (
    "retrieval",
    "retrieval without fine-tuning",
    "retrieval with fine-tuning",
    "fine-tuning",
    "fine-tuning without retrieval",
    "fine-tuning with retrieval",
    "interaction",
)
NO_BREAK = "\u2011"
"""A hyphen at which no line is broken."""
ENDS = ("fine-tuning without retrieval", "fine-tuning with retrieval")
"""The simple effects whose arms, trained minus base, stand at the two ends of the lines."""


def effects_plot(data: ReportData) -> Figure | None:
    """Return two panels a split, on the primary metric and with 95 % intervals.

    Above, base and trained weights without and with passages: parallel lines mean that passages
    and training add up. Below, the effects themselves; one whose interval leaves out 0 is filled.
    """
    found = {
        (e.effect, e.split): e
        for e in data.effects
        if e.metric == data.primary and e.effect in ROWS and e.value is not None
    }
    splits = [split for split in data.splits if any(s == split for _, s in found)]
    names = [row for row in ROWS if any(effect == row for effect, _ in found)]
    if not splits:
        return None
    heights = 2.3, row_inches(names)
    drawn = figure(2.6 + 2.9 * len(splits), 1.6 + sum(heights))
    panels = drawn.subplots(
        2, len(splits), sharey="row", squeeze=False, gridspec_kw={"height_ratios": heights}
    )
    unit = unit_of(data, data.primary)
    for above, below, split in zip(panels[0], panels[1], splits, strict=True):
        _lines(above, data, found, split)
        above.set_title(split, fontsize=11)
        _forest(below, found, split, names)
        below.set_xlabel(f"effect on {data.primary} ({unit})")
    panels[0][0].set_ylabel(f"{data.primary} ({unit})")
    if unit == "share":
        panels[0][0].set_ylim(-0.04, 1.04)
    name_rows(panels[1][0], [name.replace("-", NO_BREAK) for name in names])
    ends = [end for axes in panels[1] for end in axes.get_xlim()]
    for axes in panels[1]:
        axes.set_xlim(min(ends), max(ends))
    handles = [_line([], [], is_base=is_base) for is_base in (True, False)]
    drawn.legend(
        handles, ["base weights", "trained weights"], loc="outside upper center", ncols=2,
        fontsize=9, frameon=False, handlelength=3,
    )  # fmt: skip
    return drawn


def _lines(axes: Axes, data: ReportData, found: dict[tuple[str, str], Effect], split: str) -> None:
    """Draw the value of each corner of the square, weights joined by a line."""
    drew = False
    for is_base in (True, False):
        arms = [_arm(found.get((effect, split)), 1 if is_base else 0) for effect in ENDS]
        xs: list[float] = []
        ys: list[float] = []
        for x, arm in enumerate(arms):
            s = data.summary(arm, split, data.primary)
            if s is None or s.value is None:
                continue
            xs.append(x + (-0.03 if is_base else 0.03))
            ys.append(s.value)
            if s.low is not None and s.high is not None:
                axes.plot([xs[-1]] * 2, [s.low, s.high], "_-", color="black", linewidth=1)
        axes.add_line(_line(xs, ys, is_base=is_base))
        drew = drew or bool(xs)
    if not drew:
        axes.text(
            0.5, 0.5, "its arms are not here", fontsize=8, style="italic", ha="center",
            transform=axes.transAxes,
        )  # fmt: skip
    axes.set_xlim(-0.4, 1.4)
    axes.set_xticks([0, 1], ["no passages", "passages"])
    grid(axes, "y")


def _line(xs: Sequence[float], ys: Sequence[float], *, is_base: bool) -> Line2D:
    """Return the line of base weights, solid and filled, or of trained ones, dashed and hollow."""
    return Line2D(
        xs, ys, color="black", marker="o" if is_base else "s", markersize=7,
        linestyle="-" if is_base else "--", markerfacecolor="black" if is_base else "white",
    )  # fmt: skip


def _arm(effect: Effect | None, place: int) -> str:
    """Return the first or second arm of a simple effect, "rag - base" say."""
    first, _, second = (effect.contrast if effect else "").partition(" - ")
    return (first, second)[place]


def _forest(
    axes: Axes, found: dict[tuple[str, str], Effect], split: str, names: Sequence[str]
) -> None:
    """Draw one row an effect."""
    axes.axvline(0, color=COLOURS[0], linewidth=0.8, linestyle=":")
    for row, name in enumerate(names):
        effect = found.get((name, split))
        if effect is None or effect.value is None:
            continue
        sure = False
        if effect.low is not None and effect.high is not None:
            ends = [effect.low, effect.high]
            axes.plot(ends, [row, row], "|-", color="black", linewidth=1.3, markersize=6)
            sure = effect.low > 0 or effect.high < 0
        axes.plot(
            [effect.value], [row], "D" if " " not in name else "o", color="black", markersize=6,
            markerfacecolor="black" if sure else "white", zorder=3,
        )  # fmt: skip
    axes.margins(x=0.08)
    grid(axes, "x")
