"""What is summed: the arrays of statistics, and the commonest reduction."""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Labels = NDArray[np.intp]

LAST_BITS = 1e-6
"""Scores no farther apart than this are equal: a cosine of 1 in single precision is 1 ± 1e-7."""


def ratio(sums: Numbers) -> Numbers:
    """Return column 0 over column 1 of shape (..., 2): shape (...), NaN where it is 0/0.

    >>> ratio(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
    [0.75, nan]
    """
    top, bottom = np.asarray(sums[..., 0]), np.asarray(sums[..., 1])
    out = np.full(top.shape, np.nan)
    np.divide(top, bottom, out=out, where=bottom != 0)
    return out
