"""How plots look and how they are saved: told apart without colour, the same bytes every time."""

import io
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

from harness.report.numbers import significant

MARKERS = "os^DvPX*<>phd8"
LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1)), (0, (3, 1, 1, 1, 1, 1)), (0, (8, 3)))
COLOURS = ("#1b1b1b", "#0072b2", "#d55e00", "#007a55", "#7f3c8d", "#8a6d00", "#5f5f5f", "#b0306a")
"""Dark enough to print; Okabe and Ito's palette where it is. Markers carry the difference."""
HATCHES = ("", "//", "||", "\\\\", "xx", "--", "++", "///")
GREYS = ("#f2f2f2", "#d9d9d9", "#bdbdbd", "#ffffff", "#a6a6a6", "#e6e6e6", "#cccccc", "#ffffff")


@dataclass(frozen=True, slots=True)
class Look:
    """How one arm is drawn, the same in every plot."""

    marker: str
    line: object
    colour: str


def look(index: int) -> Look:
    """Return the look of the arm at this place."""
    return Look(
        MARKERS[index % len(MARKERS)], LINES[index % len(LINES)], COLOURS[index % len(COLOURS)]
    )


def figure(width: float, height: float) -> Figure:
    """Return an empty figure in inches that lays itself out; no window, no global state."""
    found = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(found)
    return found


def wrapped(name: str, width: int = 24) -> str:
    """Return a long name on several lines, broken after hyphens and spaces."""
    return "\n".join(textwrap.wrap(name, width, break_long_words=True)) or name


def row_inches(names: Sequence[str]) -> float:
    """Return the height of all rows together, so that the tallest label fits into its row."""
    lines = max(wrapped(name).count("\n") + 1 for name in names)
    return len(names) * (0.19 + 0.16 * lines)


def name_rows(axes: Axes, names: Sequence[str]) -> None:
    """Label one row for each name, the first on top."""
    axes.set_yticks(range(len(names)), [wrapped(name) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)


def log_axis(axes: Axes, which: str, low: float, high: float) -> None:
    """Make an axis logarithmic over a factor of 30 or more, with few, plainly written ticks."""
    if high < 30 * low:
        low, high = (low * high / 30) ** 0.5, (low * high * 30) ** 0.5
    axis = axes.xaxis if which == "x" else axes.yaxis
    (axes.set_xscale if which == "x" else axes.set_yscale)("log")
    (axes.set_xlim if which == "x" else axes.set_ylim)(low, high)
    subs = (1.0, 3.0) if high < 500 * low else (1.0,)
    axis.set_major_locator(LogLocator(base=10, subs=subs, numticks=8))
    axis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())


def short(value: float) -> str:
    """Return a round number in little room.

    >>> short(2e7), short(5000.0), short(0.002)
    ('20 M', '5,000', '0.002')
    """
    for size, letter in ((1e9, "G"), (1e6, "M")):
        if value >= size:
            return f"{significant(value / size, 1)} {letter}"
    return significant(value, 1)


def grid(axes: Axes, axis: str) -> None:
    """Draw a quiet grid behind the data and leave out the box."""
    axes.grid(axis=axis, color="#dddddd", linewidth=0.7)  # type: ignore[arg-type]
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def as_svg(drawn: Figure, name: str) -> bytes:
    """Return the figure as SVG; the same figure gives the same bytes."""
    with matplotlib.rc_context({"svg.hashsalt": name, "svg.fonttype": "path"}):
        return _saved(drawn, "svg", {"Date": None, "Creator": None})


def as_png(drawn: Figure) -> bytes:
    """Return the figure as PNG at 150 dots an inch."""
    return _saved(drawn, "png", {"Software": None})


def _saved(drawn: Figure, kind: str, metadata: dict[str, str | None]) -> bytes:
    target = io.BytesIO()
    drawn.savefig(target, format=kind, dpi=150, metadata=metadata, facecolor="white")
    return target.getvalue()
