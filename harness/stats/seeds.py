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
