"""The interval of an arm's value, or of a weighted sum of several arms', and how it was made.

Which method is used where (`benchmarks/coverage.py` shows why):

- One arm. `Wilson`: a share of yes/no answers, and any share near 0 or 1, on the effective
  sample size. `BCa`: other means of numbers from 0 to 1.
- Several arms. `percentile`: shares of yes/no answers, never narrower than the `Wilson` interval
  of how few of them must differ. `t over clusters`: other means of numbers from 0 to 1, whose
  differences lean to neither side, and BCa takes chance for a lean.
- `percentile`: all else, that is corpus metrics, ratios, counts.
- `clusters x seeds`: any metric of arms with five seeds or more: both are drawn again.
- `t over seeds`: with two to four seeds, where that is wider than the interval over questions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from harness.stages.draws import Draw
from harness.stages.samples import UNDEFINED, defined
from harness.stats import (
    FEW_CLUSTERS,
    FEW_SEEDS,
    LAST_BITS,
    Numbers,
    bca,
    effective_size,
    interval,
    least_interval,
    over_clusters,
    parts_p,
    reach,
    standard_error,
    t_interval,
    t_p,
    wilson,
)

NEAR = 0.1
"""A share this near 0 or 1 is near."""


@dataclass(frozen=True, slots=True)
class Limits:
    """A value with its 95 % interval."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    method: str = ""
    notes: tuple[str, ...] = ()
    seed_sd: float | None = None
    seed_low: float | None = None
    seed_high: float | None = None
    p_over_seeds: float | None = None
    """That the sum is 0, which says something of differences; where seeds are in the interval."""
    cluster_error: float | None = None
    """Standard error over clusters."""
    error: float | None = None
    """The same, and over seeds where there are several."""


def limits(draws: Sequence[Draw], weights: Sequence[float] = (1.0,)) -> Limits:
    """Return the weighted sum of the arms' values with its interval.

    Args:
        draws: One per arm, all on the same questions, which are at least one.
        weights: (1, -1) for the first arm minus the second.
    """
    value = defined(sum(w * draw.value for w, draw in zip(weights, draws, strict=True)))
    if value is None:
        return Limits(notes=(UNDEFINED,))
    clusters = draws[0].resampling.clusters
    if clusters < 2:
        return Limits(value, notes=("no interval: all questions are one cluster",))
    error = standard_error(_sum(weights, [draw.left_out for draw in draws]))
    parts = [(0.0 if np.isnan(error) else error**2, clusters)]
    found = Limits(value, cluster_error=defined(error), error=defined(error))
    seeds = _of_seeds(draws, weights)
    if len(seeds) > 1:
        spread, low, high = t_interval(seeds)
        low, high = _on_scale(low, high, draws, weights)
        both = defined(float(np.hypot(error, spread / len(seeds) ** 0.5)))
        found = replace(found, seed_sd=spread, seed_low=low, seed_high=high, error=both)
        if len(seeds) >= FEW_SEEDS:
            parts.append((spread**2 / len(seeds), len(seeds)))
            found = replace(found, p_over_seeds=parts_p(value, parts))
    found = _with_interval(found, draws, weights, reach(parts), crossed=len(parts) > 1)
    if len(parts) == 1:
        found = _no_narrower_than_seeds(found, seeds)
    if found.low is not None and found.low == found.high:
        still = "the same in every cluster: the interval has no width"
        found = replace(found, notes=(*found.notes, still))
    if clusters < FEW_CLUSTERS:
        few = f"{clusters} clusters only: the interval is a rough guide"
        found = replace(found, notes=(*found.notes, few))
    return found


def _with_interval(
    found: Limits, draws: Sequence[Draw], weights: Sequence[float], z: float, *, crossed: bool
) -> Limits:
    """Return the value with the interval of the method that suits the arms."""
    if not crossed and all(draw.is_share for draw in draws):
        if len(draws) == 1:
            return _of_share(found, draws[0], z)
        return _of_shares(found, draws, weights, z)
    moved = _sum(weights, [draw.moved for draw in draws])
    return _from_resamples(found, moved, z, "clusters x seeds" if crossed else "percentile")


def _of_share(found: Limits, draw: Draw, z: float) -> Limits:
    """Return the share of one arm with its interval."""
    value = draw.value
    if draw.is_binary or not NEAR <= value <= 1 - NEAR:
        n = effective_size(draw.rows[:, 0], draw.resampling.labels)
        low, high = wilson(value, n)
        return replace(found, low=low, high=high, method="Wilson")
    low, high = bca(draw.moved, value, draw.left_out, z)
    return replace(found, low=low, high=high, method="BCa")


def _of_shares(found: Limits, draws: Sequence[Draw], weights: Sequence[float], z: float) -> Limits:
    """Return the weighted sum of several arms' shares with its interval."""
    rows = _sum(weights, [draw.rows[:, 0] for draw in draws])
    yes_no = all(np.isin(draw.rows[:, 0], (0.0, 1.0)).all() for draw in draws)
    if yes_no:
        found = _from_resamples(found, _sum(weights, [draw.moved for draw in draws]), z)
    else:
        left_out = _sum(weights, [draw.left_out for draw in draws])
        low, high = _on_scale(*over_clusters(found.value or 0.0, left_out), draws, weights)
        found = replace(found, low=low, high=high, method="t over clusters")
    rows = np.where(np.abs(rows) > LAST_BITS, rows, 0.0)
    if yes_no or not rows.any():
        least = least_interval(rows, draws[0].resampling.labels, min(abs(w) for w in weights))
        found = _no_narrower(found, *least)
    return found


def _no_narrower(found: Limits, low: float, high: float) -> Limits:
    """Return the value with each limit as far out as the farther of two."""
    if found.low is None or found.high is None or (found.low <= low and high <= found.high):
        return found
    both = low < found.low and found.high < high
    return replace(
        found,
        low=min(low, found.low),
        high=max(high, found.high),
        method="Wilson" if both else f"{found.method}, Wilson",
    )


def _from_resamples(found: Limits, moved: Numbers, z: float, method: str = "percentile") -> Limits:
    """Return the value with the percentile interval of its resamples."""
    low, high, note = interval(moved, z)
    notes = (note,) if note else ()
    return replace(found, low=low, high=high, method="" if low is None else method, notes=notes)


def _no_narrower_than_seeds(found: Limits, seeds: Numbers) -> Limits:
    """Return the wider of the intervals over questions and over a few seeds."""
    low, high = found.seed_low, found.seed_high
    if found.low is None or found.high is None or low is None or high is None:
        return found
    if high - low <= found.high - found.low:
        return found
    method = f"t over {len(seeds)} seeds"
    return replace(found, low=low, high=high, method=method, p_over_seeds=t_p(seeds))


def _on_scale(
    low: float, high: float, draws: Sequence[Draw], weights: Sequence[float]
) -> tuple[float, float]:
    """Return the limits of a weighted sum within what it can be, where that is known."""
    if all(draw.is_share for draw in draws):
        top = 1.0
    elif all(draw.metric.unit == "points" for draw in draws):
        top = 100.0
    else:
        return low, high
    least, most = sum(min(w, 0.0) for w in weights), sum(max(w, 0.0) for w in weights)
    return max(low, top * least), min(high, top * most)


def _of_seeds(draws: Sequence[Draw], weights: Sequence[float]) -> Numbers:
    """Return the sum for each seed that all arms with several have, where it is defined.

    Arms with one seed stay put.
    """
    several = [draw.seeds for draw in draws if len(draw.seeds) > 1]
    common = [s for s in (several[0] if several else ()) if all(s in other for other in several)]
    values = [
        [draw.of_seeds[draw.seeds.index(s)] if len(draw.seeds) > 1 else draw.value for s in common]
        for draw in draws
    ]
    found = _sum(weights, [np.array(of_arm) for of_arm in values])
    return found[np.isfinite(found)]  # a metric may be undefined for one of them


def _sum(weights: Sequence[float], values: Sequence[Numbers]) -> Numbers:
    """Return the weighted sum of the arms' numbers."""
    return np.asarray(sum(w * v for w, v in zip(weights, values, strict=True)))
