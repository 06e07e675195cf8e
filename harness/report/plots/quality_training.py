"""Quality against what training took: parameters, memory, time."""

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from harness.report.plots.style import figure, grid, log_axis, look, wrapped
from harness.report.report_data import ArmDescription, ReportData
from harness.results import TrainingRun

Taken = Callable[[TrainingRun], float | None]


def _memory(run: TrainingRun) -> float | None:
    """Return the memory that training added: the GPU's, or the process's over what was there."""
    if run.peak_cuda_mb is not None:
        return run.peak_cuda_mb
    before = run.rss_before_mb
    return None if before is None else run.peak_memory_mb - before


AXES: Mapping[str, Taken] = {
    "trained parameters": lambda run: float(run.trainable_parameters),
    "memory of training (MB)": _memory,
    "time of training (s)": lambda run: run.seconds,
}


def quality_training_plot(data: ReportData) -> Figure | None:
    """Return a panel a split and axis, an arm a point; None where one set was trained at most.

    Arms with base weights have no place on a log axis: the best of them is a dashed line.
    """
    by_label: dict[str, list[TrainingRun]] = {}
    for run in data.training:
        by_label.setdefault(run.weights, []).append(run)
    arms = [(i, arm) for i, arm in enumerate(data.arms) if arm.weights in by_label]
    splits = [s for s in data.scored_splits if any(_value(data, arm, s) is not None
                                                   for _, arm in arms)]  # fmt: skip
    if len(by_label) < 2 or not splits:
        return None
    names = [wrapped(arm.name) for _, arm in arms]
    lines = sum(name.count("\n") + 1 for name in names) + 2
    drawn = figure(10.4, max(2.6 * len(splits) + 0.5, 0.6 + 0.2 * lines))
    panels = drawn.subplots(len(splits), len(AXES), sharey=True, sharex="col", squeeze=False)
    for row, split in zip(panels, splits, strict=True):
        for axes, taken in zip(row, AXES.values(), strict=True):
            _panel(axes, data, split, arms, {k: _mean(r, taken) for k, r in by_label.items()})
        row[0].set_ylabel(f"{data.primary}, {split}", fontsize=9)
    for axes, (label, taken) in zip(panels[-1], AXES.items(), strict=True):
        axes.set_xlabel(f"{label}, log scale", fontsize=9)
        found = [x for x in (_mean(by_label[a.weights], taken) for _, a in arms) if x is not None]
        found = [x for x in found if x > 0]
        if found:
            log_axis(axes, "x", min(found) / 1.8, max(found) * 1.8)
    handles = [Line2D([], [], linestyle="", marker=look(i).marker, color=look(i).colour)
               for i, _ in arms]  # fmt: skip
    handles.append(Line2D([], [], color="black", linestyle="--", linewidth=1.0))
    names.append("best arm with\nbase weights")
    drawn.legend(handles, names, loc="outside right upper", fontsize=8, frameon=False)
    return drawn


def _panel(
    axes: Axes,
    data: ReportData,
    split: str,
    arms: Sequence[tuple[int, ArmDescription]],
    spots: Mapping[str, float | None],
) -> None:
    for i, arm in arms:
        x, s = spots[arm.weights], data.summary(arm.name, split, data.primary)
        if x is None or x <= 0 or s is None or s.value is None:
            continue
        shape = look(i)
        if s.low is not None and s.high is not None:
            axes.plot([x, x], [s.low, s.high], color=shape.colour, linewidth=0.8, zorder=1)
        axes.plot([x], [s.value], shape.marker, color=shape.colour, markersize=7)
    untrained = [_value(data, arm, split) for arm in data.arms if arm.weights == "base"]
    if known := [value for value in untrained if value is not None]:
        axes.axhline(max(known), color="black", linestyle="--", linewidth=1.0, zorder=0)
    if all(s.unit == "share" for s in data.summaries if s.metric == data.primary):
        axes.set_ylim(-0.04, 1.04)
    axes.tick_params(labelsize=8)
    grid(axes, "both")


def _value(data: ReportData, arm: ArmDescription, split: str) -> float | None:
    s = data.summary(arm.name, split, data.primary)
    return s.value if s else None


def _mean(runs: Sequence[TrainingRun], taken: Taken) -> float | None:
    """Return the mean over the seeds; None where a seed was not measured."""
    found = [taken(run) for run in runs]
    known = [x for x in found if x is not None]
    return fmean(known) if len(known) == len(found) else None
