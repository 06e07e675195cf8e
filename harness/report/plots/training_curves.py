"""Train and dev loss of every training, with the step that was kept."""

from math import ceil

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from harness.report.plots.style import COLOURS, figure, grid, log_axis, short, wrapped
from harness.report.report_data import ReportData
from harness.results import LossPoint

COLUMNS = 4
TRAIN, DEV, KEPT = COLOURS[6], COLOURS[0], COLOURS[2]
LEAST = 1e-4
"""Losses below this are drawn at it: a log scale has no 0."""


def training_curves_plot(data: ReportData) -> Figure | None:
    """Return one panel a set of weights, one pair of lines a seed, losses on one log scale.

    Preference training (`dpo of lora`, `grpo of lora`) has objectives of other kinds, which are
    left to training_curve.csv.
    """
    other = {run.weights for run in data.training if " of " in run.method}
    points = [point for point in data.training_curve if point.weights not in other]
    labels = list(dict.fromkeys(point.weights for point in points))
    if not labels:
        return None
    wide = min(COLUMNS, len(labels))
    high = ceil(len(labels) / wide)
    drawn = figure(max(5.4, 2.3 * wide + 0.6), 2.0 * high + 1.0)
    panels = list(drawn.subplots(high, wide, sharex=True, sharey=True, squeeze=False).flat)
    for axes, label in zip(panels, labels, strict=False):
        _panel(axes, data, label)
    for axes in panels[len(labels) :]:
        axes.set_visible(False)
    losses = [max(LEAST, y) for p in points for y in (p.train_loss, p.dev_loss or 1)]
    losses += [t.base_dev_loss for t in data.training if t.base_dev_loss]
    log_axis(panels[0], "y", min(losses) / 1.3, max(losses) * 1.3)
    panels[0].xaxis.set_major_locator(MaxNLocator(3))
    panels[0].xaxis.set_major_formatter(lambda value, _: short(value) if value else "0")
    drawn.supxlabel("tokens trained on", fontsize=10)
    drawn.supylabel("loss (nats a learned token, log scale)", fontsize=10)
    drawn.legend(
        [
            Line2D([], [], color=TRAIN, linewidth=1.0),
            Line2D([], [], color=DEV, linestyle="--", marker="o", markersize=3.5),
            Line2D([], [], linestyle="", marker="D", color=KEPT, markersize=7),
            Line2D([], [], color=DEV, linestyle=":", linewidth=1.0),
        ],
        ["train", "dev", "step kept", "dev before training"],
        loc="outside upper center",
        ncols=4,
        fontsize=8,
        frameon=False,
    )
    return drawn


def _panel(axes: Axes, data: ReportData, label: str) -> None:
    points = [p for p in data.training_curve if p.weights == label]
    for seed in dict.fromkeys(p.seed for p in points):
        _lines(axes, [p for p in points if p.seed == seed])
    for run in data.training:
        if run.weights == label and run.base_dev_loss is not None:
            axes.axhline(run.base_dev_loss, color=DEV, linestyle=":", linewidth=1.0)
    axes.set_title(wrapped(label), fontsize=9)
    axes.tick_params(labelsize=8)
    grid(axes, "y")


def _lines(axes: Axes, points: list[LossPoint]) -> None:
    losses = [max(LEAST, p.train_loss) for p in points]
    axes.plot([p.tokens for p in points], losses, color=TRAIN, linewidth=1.0)
    dev = [(p.tokens, max(LEAST, p.dev_loss), p.chosen) for p in points if p.dev_loss is not None]
    axes.plot([x for x, _, _ in dev], [y for _, y, _ in dev], "o--", color=DEV, markersize=3.5)
    for x, y, chosen in dev:
        if chosen:
            axes.plot([x], [y], "D", color=KEPT, markersize=7, zorder=3)
