"""Intervals of shares near 0 or 1, where a bootstrap has too little to draw from."""

from collections.abc import Sequence
from math import sqrt

import numpy as np

from harness.stats.intervals import Z
from harness.stats.sums import LAST_BITS, Labels, Numbers


def wilson(share: float, n: float, z: float = Z) -> tuple[float, float]:
    """Return Wilson's score interval (1927) of a share of n answers; n may be a fraction.

    From no answers at all it is everything from 0 to 1.

    >>> [round(end, 4) for end in wilson(0.9, 10)]
    [0.5958, 0.9821]
    """
    middle = (n * share + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * sqrt(n * max(0.0, share * (1 - share)) + z**2 / 4)
    # at 0 and 1 an end is exactly there; the last bits must not say that it is excluded
    low = 0.0 if share <= 0 else max(0.0, middle - half)
    return low, 1.0 if share >= 1 else min(1.0, middle + half)


def effective_size(values: Numbers, labels: Labels) -> float:
    """Return how many independent yes/no answers would be as sure as these clustered values.

    That is n over the design effect 1 + (m - 1) r (Kish 1965): m is the mean size of a question's
    cluster, r the correlation within clusters from an analysis of variance (Donner 1986), and
    n counts p (1 - p) / s2 times where the values are graded. Few clusters know r badly, and
    say 0 where nothing happened twice; so one more cluster whose questions all agree is counted
    in. Then intervals at 24 clusters keep their 95 % (`benchmarks/coverage.py`).

    Args:
        values: One per question, 0 to 1, shape (n,).
        labels: Cluster of each question, shape (n,).
    """
    n = len(values)
    sizes = np.bincount(labels)
    count, mean = len(sizes), float(values.mean())
    per_question = float((sizes**2).sum()) / n
    total = float(((values - mean) ** 2).sum())
    varies = total > n * LAST_BITS**2
    correlation = 1.0
    if varies and 1 < count < n:
        means = np.bincount(labels, values) / sizes
        between = float((sizes * (means - mean) ** 2).sum())
        above, within = between / (count - 1), (total - between) / (n - count)
        typical = (n - per_question) / (count - 1)
        correlation = min(1.0, max(0.0, (above - within) / (above + (typical - 1) * within)))
    shrunk = (count * correlation + 1) / (count + 1)
    graded = mean * (1 - mean) * n / total if varies else 1.0
    return n * graded / (1 + (per_question - 1) * shrunk)


def least_interval(differences: Numbers, labels: Labels, step: float = 1.0) -> tuple[float, float]:
    """Return the interval of a mean difference of yes/no answers that no other is narrower than.

    Answers that differ by d on average differ on a share |d| of the questions at least, so
    their variance is that of a share |d| at least, and Wilson's interval of that share is the
    narrowest there can be. It matters where hardly a question differs: no standard error and no
    bootstrap knows that the next questions might.

    Args:
        differences: One per question, multiples of `step`, shape (n,).
        labels: Cluster of each question, shape (n,).
        step: The smallest difference that one question can make, apart from none.
    """
    value = float(differences.mean())
    share = abs(value) / step
    if share > 1:
        return value, value
    low, high = wilson(share, effective_size((differences != 0).astype(float), labels))
    if value == 0:
        return -step * high, step * high
    return (step * low, step * high) if value > 0 else (-step * high, -step * low)


def combined(
    weights: Sequence[float],
    values: Sequence[float],
    limits: Sequence[tuple[float, float]],
    correlations: Numbers,
) -> tuple[float, float]:
    """Return the interval of a weighted sum of shares from the interval of each.

    The distances to the limits are added like standard errors, each on the side to which it
    pushes the sum (Newcombe 1998 for two paired shares; Zou & Donner 2008 in general). So it is
    as lopsided as the shares' own intervals, and never of no width where they are not.

    Args:
        weights: 1 and -1 for a difference.
        values: The shares.
        limits: (low, high) of each.
        correlations: Of the shares as estimates, shape (k, k).
    """
    value = sum(w * v for w, v in zip(weights, values, strict=True))
    down = _distances(weights, values, limits, up=False)
    up = _distances(weights, values, limits, up=True)
    reaches = [sqrt(max(0.0, float(d @ correlations @ d))) for d in (down, up)]
    return value - reaches[0], value + reaches[1]


def _distances(
    weights: Sequence[float],
    values: Sequence[float],
    limits: Sequence[tuple[float, float]],
    *,
    up: bool,
) -> Numbers:
    """Return weight times distance from each share to the limit that moves the sum that way."""
    return np.array(
        [
            w * abs((high if (w > 0) == up else low) - v)
            for w, v, (low, high) in zip(weights, values, limits, strict=True)
        ]
    )
