"""Bootstrapped values to 95 % intervals."""

from collections.abc import Sequence
from math import sqrt

import numpy as np

from harness.stats.sums import Numbers

Z = 1.959963984540054
"""How many standard errors a normal 95 % interval reaches to each side."""

Parts = Sequence[tuple[float, int]]
"""(Variance of the value, number of units) of all that is drawn: clusters, or clusters and seeds;
at least 2 units each."""

_DEFINED_SHARE = 0.95
"""No interval where fewer of the resamples than this have a value."""


def interval(values: Numbers, z: float = Z) -> tuple[float | None, float | None, str]:
    """Return the percentile interval of bootstrapped values, and a note on the rest.

    A resample may leave a ratio undefined (NaN). Then the note counts those, and there is no
    interval where they are more than 5 % (Efron & Tibshirani 1993, ch. 13, for the method).

    Args:
        values: One per resample.
        z: Where the percentiles lie, on the normal scale: 2.5 % and 97.5 % as it stands, further
            out with the value of `reach` (Hesterberg 2015, the expanded percentile interval).
    """
    from scipy.special import ndtr

    defined = values[~np.isnan(values)]
    missing = len(values) - len(defined)
    if len(defined) < max(1.0, _DEFINED_SHARE * len(values)):
        return None, None, f"no interval: undefined in {missing} of {len(values)} resamples"
    low, high = np.quantile(defined, [ndtr(-z), ndtr(z)])
    note = f"interval without {missing} undefined resamples of {len(values)}" if missing else ""
    return float(low), float(high), note


def bca(values: Numbers, value: float, left_out: Numbers, z: float = Z) -> tuple[float, float]:
    """Return the bias-corrected and accelerated interval (Efron 1987).

    The acceleration is that of the jackknife over clusters. Where every resample lies on one
    side of the value the correction is infinite, and the percentile interval is returned.

    Args:
        values: Bootstrapped, all defined.
        value: The observed one.
        left_out: The value without each cluster in turn, shape (clusters,).
        z: As for `interval`.
    """
    from scipy.special import ndtr, ndtri

    tolerance = 1e-12 * max(1.0, abs(value))  # equal sums in another order differ in the last bits
    below = np.mean(values < value - tolerance)
    at = np.mean(np.abs(values - value) <= tolerance)
    bias = ndtri(below + at / 2)
    pull = left_out.mean() - left_out
    spread = float((pull**2).sum()) ** 1.5
    ends = np.array([-z, z])
    if np.isfinite(bias):
        acceleration = float((pull**3).sum()) / (6 * spread) if spread > 0 else 0.0
        ends = bias + (bias + ends) / (1 - acceleration * (bias + ends))
    low, high = np.quantile(values, ndtr(ends))
    return float(low), float(high)


def reach(parts: Parts) -> float:
    """Return how far out a 95 % interval from a bootstrap of few units has to look.

    A bootstrap of n units takes their variance too small by (n - 1) / n, and knows it no better
    than n - 1 degrees of freedom allow. So this is Student's quantile, times what makes up for
    the first (Hesterberg 2015).

    >>> round(reach([(1.0, 24)]), 3), round(reach([(1.0, 10_000)]), 2)
    (2.113, 1.96)
    """
    from scipy.special import stdtrit

    total = sum(variance for variance, _ in parts)
    if total <= 0:
        parts, total = [(1.0, max(n for _, n in parts))], 1.0
    drawn = sum(v * (n - 1) / n for v, n in parts)
    return float(stdtrit(_freedom(parts), 0.975)) * sqrt(total / drawn)


def parts_p(value: float, parts: Parts) -> float:
    """Return Student's two-sided p of a true value of 0.

    >>> round(parts_p(2.0, [(1.0, 10_000)]), 3), round(parts_p(2.0, [(0.5, 60), (0.5, 5)]), 3)
    (0.046, 0.064)
    """
    from scipy.special import stdtr

    total = sum(variance for variance, _ in parts)
    if total <= 0:
        return float(value == 0)
    return 2 * float(stdtr(_freedom(parts), -abs(value) / sqrt(total)))


def _freedom(parts: Parts) -> float:
    """Return the degrees of freedom of a sum of estimated variances (Satterthwaite 1946)."""
    total = sum(variance for variance, _ in parts)
    return total**2 / sum(v**2 / (n - 1) for v, n in parts)


def over_clusters(value: float, left_out: Numbers) -> tuple[float, float]:
    """Return Student's interval on the jackknife's standard error over clusters.

    As many degrees of freedom as clusters, less one. With few clusters this error is the safest
    of the usual ones (Bell & McCaffrey 2002; MacKinnon, Nielsen & Webb 2023).

    Args:
        value: The observed one.
        left_out: The value without each cluster in turn, shape (clusters,), at least 2.
    """
    from scipy.special import stdtrit

    half = float(stdtrit(len(left_out) - 1, 0.975)) * standard_error(left_out)
    return value - half, value + half


def standard_error(left_out: Numbers) -> float:
    """Return the jackknife's standard error over clusters, NaN where a value is undefined."""
    n = len(left_out)
    return sqrt((n - 1) / n * float(((left_out - left_out.mean()) ** 2).sum())) if n > 1 else 0.0
