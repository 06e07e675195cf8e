"""The interval of an arm's value, or of a weighted sum of several arms', and how it was made.

Which method is used where (`benchmarks/coverage.py` shows why):

- `Wilson`: a share of yes/no answers, and any share near 0 or 1, on the effective sample size;
  a sum of shares of which one is near 0 or 1, from the intervals of each.
- `BCa`: other means of numbers from 0 to 1.
- `percentile`: all else, that is corpus metrics, ratios, counts, and differences of yes/no
  answers, whose few possible values BCa mistakes for a bias.
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
    Numbers,
    bca,
    combined,
    effective_size,
    interval,
    reach,
    standard_error,
    t_interval,
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
        if all(draw.is_share for draw in draws):
            low = max(low, sum(min(w, 0.0) for w in weights))
            high = min(high, sum(max(w, 0.0) for w in weights))
        both = defined(float(np.hypot(error, spread / len(seeds) ** 0.5)))
        found = replace(found, seed_sd=spread, seed_low=low, seed_high=high, error=both)
        if len(seeds) >= FEW_SEEDS:
            parts.append((spread**2 / len(seeds), len(seeds)))
    found = _with_interval(found, draws, weights, reach(parts), crossed=len(parts) > 1)
    if len(parts) == 1:
        found = _no_narrower_than_seeds(found, len(seeds))
    if clusters < FEW_CLUSTERS:
        few = f"{clusters} clusters only: the interval is a rough guide"
        found = replace(found, notes=(*found.notes, few))
    return found


def _with_interval(
    found: Limits, draws: Sequence[Draw], weights: Sequence[float], z: float, *, crossed: bool
) -> Limits:
    """Return the value with the interval of the method that suits the arms."""
    moved = _sum(weights, [draw.moved for draw in draws])
    shares = all(draw.is_share for draw in draws)
    binary = all(draw.is_binary for draw in draws)
    near = any(not NEAR <= draw.value <= 1 - NEAR for draw in draws)
    if crossed:
        return _from_resamples(found, moved, z, "clusters x seeds")
    if shares and (near or (binary and len(draws) == 1)):
        ends = _wilson(draws, weights)
        return replace(found, low=ends[0], high=ends[1], method="Wilson")
    if shares and not binary:
        left_out = _sum(weights, [draw.left_out for draw in draws])
        ends = bca(moved, found.value or 0.0, left_out, z)
        return replace(found, low=ends[0], high=ends[1], method="BCa")
    return _from_resamples(found, moved, z, "percentile")


def _from_resamples(found: Limits, moved: Numbers, z: float, method: str) -> Limits:
    """Return the value with the percentile interval of its resamples."""
    low, high, note = interval(moved, z)
    if low is not None and low == high:
        note = note or "every resample gives the same number: the interval has no width"
    notes = (note,) if note else ()
    return replace(found, low=low, high=high, method="" if low is None else method, notes=notes)


def _no_narrower_than_seeds(found: Limits, seeds: int) -> Limits:
    """Return the wider of the intervals over questions and over a few seeds."""
    low, high = found.seed_low, found.seed_high
    if found.low is None or found.high is None or low is None or high is None:
        return found
    if high - low <= found.high - found.low:
        return found
    return replace(found, low=low, high=high, method=f"t over {seeds} seeds")


def _wilson(draws: Sequence[Draw], weights: Sequence[float]) -> tuple[float, float]:
    labels = draws[0].resampling.labels
    shares = [draw.value for draw in draws]
    ends = [wilson(draw.value, effective_size(draw.rows[:, 0], labels)) for draw in draws]
    if len(draws) == 1:
        return ends[0]
    pulls = np.array([draw.left_out - draw.left_out.mean() for draw in draws])
    lengths = np.sqrt((pulls**2).sum(axis=1))
    scaled = pulls / np.where(lengths > 0, lengths, 1.0)[:, None]
    correlations = scaled @ scaled.T
    np.fill_diagonal(correlations, 1.0)
    return combined(weights, shares, ends, correlations)


def _of_seeds(draws: Sequence[Draw], weights: Sequence[float]) -> Numbers:
    """Return the sum for each seed that all arms with several have; one-seed arms stay put."""
    several = [draw.seeds for draw in draws if len(draw.seeds) > 1]
    common = [s for s in (several[0] if several else ()) if all(s in other for other in several)]
    values = [
        [draw.of_seeds[draw.seeds.index(s)] if len(draw.seeds) > 1 else draw.value for s in common]
        for draw in draws
    ]
    return _sum(weights, [np.array(of_arm) for of_arm in values])


def _sum(weights: Sequence[float], values: Sequence[Numbers]) -> Numbers:
    """Return the weighted sum of the arms' numbers."""
    return np.asarray(sum(w * v for w, v in zip(weights, values, strict=True)))
