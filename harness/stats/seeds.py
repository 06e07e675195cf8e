"""What a handful of trainings says about the next one."""

from math import sqrt

import numpy as np

from harness.stats.sums import Numbers

FEW_SEEDS = 5
"""From this many seeds on they are resampled; with fewer, a bootstrap would only repeat them."""


def t_interval(values: Numbers) -> tuple[float, float, float]:
    """Return (standard deviation, low, high): Student's 95 % interval of the mean over seeds.

    Args:
        values: The metric of each seed, at least 2.
    """
    from scipy.special import stdtrit

    n, mean, spread = len(values), float(values.mean()), float(np.std(values, ddof=1))
    half = float(stdtrit(n - 1, 0.975)) * spread / sqrt(n)
    return spread, mean - half, mean + half


def t_p(values: Numbers) -> float:
    """Return Student's two-sided p of a mean of 0 over seeds: under .05 where 0 is outside.

    Args:
        values: A difference for each seed, at least 2, not all the same.

    >>> round(t_p(np.array([1.0, 2.0, 3.0])), 4)
    0.0742
    """
    from scipy.special import stdtr

    n, error = len(values), float(np.std(values, ddof=1)) / sqrt(len(values))
    return 2 * float(stdtr(n - 1, -abs(float(values.mean())) / error))
