"""Retrieval drawn: against the depth, the cut of the chunks, and the least score."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.report.plots.style import figure, grid, look, wrapped
from harness.retrieving.measures import main_depth, value_of
from harness.retrieving.outcome import Outcome
from harness.retrieving.system import System
from harness.types import Question

Spot = tuple[float, str]
"""A place on the x axis, and the system whose value stands there."""
MOST = 8
"""More lines cannot be told apart."""


def depth_plot(found: Outcome) -> Figure | None:
    """Return nDCG and hit against the depth k, a line a retriever; None for more than eight."""
    plain = [s for s in found.systems if s.threshold is None]
    if len(found.depths) < 2 or len(plain) > MOST:
        return None
    drawn = figure(9.0, 3.8)
    panels = drawn.subplots(1, 2)
    for axes, kind in zip(panels, ("ndcg", "hit"), strict=True):
        for i, system in enumerate(plain):
            metrics = [f"{kind}@{k}" for k in found.depths]
            spots: list[Spot] = [(float(x), system.name) for x in range(len(metrics))]
            _line(axes, found, spots, metrics, i, len(plain), system.name)
        axes.set_xticks(range(len(found.depths)), [str(k) for k in found.depths])
        _finish(axes, f"{kind}@k", "k (documents)")
    _legend(drawn, panels[0])
    return drawn


def chunking_plot(found: Outcome) -> Figure | None:
    """Return nDCG and hits against how the chunks are cut, a line for what is alike otherwise.

    A line is the label of a retriever up to its last hyphen (`bm25-64` and `bm25-128` are one).
    Sizes are joined; other ways of cutting stand beside them, unjoined.
    """
    plain = [s for s in found.systems if s.threshold is None and s.chunker]
    sizes = sorted({s.tokens for s in plain if s.tokens is not None})
    others = list(dict.fromkeys(s.chunker for s in plain if s.tokens is None))
    if len(sizes) < 2:
        return None
    cuts: list[int | str] = [*sizes, *others]
    places = {cut: x for x, cut in enumerate(cuts)}
    lines: dict[str, list[System]] = {}
    for system in plain:
        lines.setdefault(system.retriever.rpartition("-")[0] or system.retriever, []).append(system)
    k = main_depth(found.depths)
    metrics = [f"ndcg@{k}", *(f"hit@{depth}" for depth in found.depths if depth <= 5)]
    drawn = figure(1.2 + 3.6 * len(metrics), 4.2)
    panels = drawn.subplots(1, len(metrics), squeeze=False)[0]
    for axes, metric in zip(panels, metrics, strict=True):
        for i, (name, members) in enumerate(lines.items()):
            joined = sorted((s.tokens, s.name) for s in members if s.tokens is not None)
            spots = [(float(places[tokens]), system) for tokens, system in joined]
            apart = [(float(places[s.chunker]), s.name) for s in members if s.tokens is None]
            _line(axes, found, spots, [metric] * len(spots), i, len(lines), name)
            for spot in apart:
                _line(axes, found, [spot], [metric], i, len(lines), "")
        axes.set_xticks(list(places.values()), [str(cut) for cut in places])
        _finish(axes, metric, "chunk (tokens, or how it is cut)")
    _legend(drawn, panels[0])
    return drawn


def threshold_plot(found: Outcome) -> Figure | None:
    """Return nDCG, hit and how many documents are left against the least score of a hit."""
    cut: dict[str, list[System]] = {}
    for system in found.systems:
        if system.threshold is not None:
            cut.setdefault(system.retriever, []).append(system)
    if not cut or len(cut) > MOST:
        return None
    k = main_depth(found.depths)
    drawn = figure(12.0, 3.8)
    panels = drawn.subplots(1, 3)
    for axes, metric in zip(panels[:2], (f"ndcg@{k}", f"hit@{k}"), strict=True):
        for i, (label, members) in enumerate(cut.items()):
            spots = [(s.threshold or 0.0, s.name) for s in members]
            _line(axes, found, spots, [metric] * len(spots), i, 1, label)
        _finish(axes, metric, "least score")
    for i, members in enumerate(cut.values()):
        left = [_kept(s, found.questions, k) for s in members]
        shape = look(i)
        panels[2].plot(
            [s.threshold or 0.0 for s in members], left, marker=shape.marker,
            color=shape.colour, linestyle=shape.line,
        )  # fmt: skip
    _finish(panels[2], f"documents left of the first {k}", "least score", is_share=False)
    _legend(drawn, panels[0])
    return drawn


PLOTS: Mapping[str, tuple[Callable[[Outcome], Figure | None], str]] = {
    "depth": (depth_plot, "nDCG and hit against the depth, with 95 % intervals"),
    "chunking": (chunking_plot, "nDCG and hit against the cut of the chunks, with 95 % intervals"),
    "threshold": (threshold_plot, "what a least score of a hit leaves, with 95 % intervals"),
}


def _kept(system: System, questions: Sequence[Question], k: int) -> float:
    """Return the mean number of documents among the first k."""
    return float(np.mean([len(system.rankings.get(q.id, ())[:k]) for q in questions]))


def _line(
    axes: Axes,
    found: Outcome,
    spots: Sequence[Spot],
    metrics: Sequence[str],
    index: int,
    of: int,
    label: str,
) -> None:
    """Draw one line on all questions with its intervals, moved aside so that none hides another."""
    shape = look(index)
    aside = 0.07 * (index - (of - 1) / 2)
    xs, ys = [], []
    for (x, system), metric in zip(spots, metrics, strict=True):
        s = value_of(found.summaries, system, "all", metric)
        if s is None or s.value is None:
            continue
        xs.append(x + aside)
        ys.append(s.value)
        if s.low is not None and s.high is not None:
            axes.plot([x + aside] * 2, [s.low, s.high], color=shape.colour, linewidth=0.9)
    axes.plot(
        xs, ys, marker=shape.marker, color=shape.colour, linestyle=shape.line,
        linewidth=1.2, markersize=6, label=label or None,
    )  # fmt: skip


def _finish(axes: Axes, title: str, below: str, *, is_share: bool = True) -> None:
    axes.set_title(title, fontsize=11)
    axes.set_xlabel(below, fontsize=10)
    axes.tick_params(axis="x", labelsize=9)
    low, high = axes.get_ylim()
    axes.set_ylim(max(0.0, low) if is_share else 0.0, min(1.02, high) if is_share else None)
    grid(axes, "y")


def _legend(drawn: Figure, axes: Axes) -> None:
    handles, labels = axes.get_legend_handles_labels()
    drawn.legend(
        handles, [wrapped(label) for label in labels], loc="outside right upper", fontsize=9,
        frameon=False, handlelength=4,
    )  # fmt: skip
