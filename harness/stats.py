"""Clusters, sums, intervals and p-values: pure functions on rows of statistics.

Questions that share a gold document stand or fall together, so what is drawn again is whole
clusters of questions. Since a metric is a function of summed rows, a bootstrap of any metric is
one matrix product: (resamples, clusters) weights times (clusters, d) sums.
"""

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from harness.types import Question

RESAMPLES = 2_000
SWAPS = 9_999
"""So the smallest p is 1e-4, which leaves room for a correction over many comparisons."""

FEW_CLUSTERS = 30
"""Below this many clusters a percentile interval is too narrow to be taken at its word."""

_DEFINED_SHARE = 0.95
"""No interval where fewer of the resamples than this have a value."""

_BLOCK = 4_000_000

Numbers = NDArray[np.float64]
Labels = NDArray[np.intp]


def ratio(sums: Numbers) -> Numbers:
    """Return column 0 over column 1 of shape (..., 2): shape (...), NaN where it is 0/0.

    >>> ratio(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
    [0.75, nan]
    """
    top, bottom = np.asarray(sums[..., 0]), np.asarray(sums[..., 1])
    out = np.full(top.shape, np.nan)
    np.divide(top, bottom, out=out, where=bottom != 0)
    return out


def clusters(questions: Sequence[Question]) -> Labels:
    """Return a label per question, 0 upwards: equal where gold documents connect two questions.

    Connected is transitive: a and c are together when a shares a document with b and b with c.
    A question without gold documents is a cluster of its own.
    """
    parent = list(range(len(questions)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    first: dict[str, int] = {}
    for i, question in enumerate(questions):
        for document in question.gold:
            a, b = root(first.setdefault(document, i)), root(i)
            parent[max(a, b)] = min(a, b)
    labels: dict[int, int] = {}
    return np.array([labels.setdefault(root(i), len(labels)) for i in range(len(questions))], int)


class Resampling:
    """The random draws for one sample of clustered questions.

    All metrics and arms that are measured on the same questions share them, so differences
    between arms are paired. Equal labels and seed give equal draws.

    Args:
        labels: A cluster label per question, 0 upwards without gaps, shape (n,).
        seed: Of the draws.
        resamples: How often the clusters are drawn with replacement.
        swaps: How often the two arms are exchanged at random, cluster by cluster.
    """

    def __init__(
        self, labels: Labels, seed: int = 0, resamples: int = RESAMPLES, swaps: int = SWAPS
    ) -> None:
        self._labels = np.asarray(labels, int)
        sizes = np.bincount(self._labels)
        self.clusters = len(sizes)
        self.largest = int(sizes.max(initial=0))
        self._seed, self._resamples, self._swaps = seed, resamples, swaps

    def sums(self, rows: Numbers) -> Numbers:
        """Return the rows of shape (n, d) summed within clusters: shape (clusters, d)."""
        total = np.zeros((self.clusters, rows.shape[1]))
        np.add.at(total, self._labels, rows)
        return total

    def bootstrap(self, rows: Numbers) -> Numbers:
        """Return the sums of each resample of clusters, shape (resamples, d)."""
        return _product(self._weights, self.sums(rows))

    def swapped(self, rows: Numbers) -> Numbers:
        """Return for each random choice of clusters the sum of their rows, shape (swaps, d)."""
        return _product(self._choices, self.sums(rows))

    @cached_property
    def _weights(self) -> NDArray[np.int16]:
        """How often each resample drew each cluster, shape (resamples, clusters)."""
        rng, n = np.random.default_rng([self._seed, 0]), self.clusters
        weights = np.empty((self._resamples, n), np.int16)
        step = max(1, _BLOCK // max(n, 1))
        for start in range(0, self._resamples, step):
            height = min(step, self._resamples - start)
            drawn = rng.integers(n, size=(height, n)) + np.arange(height)[:, None] * n
            counts = np.bincount(drawn.ravel(), minlength=height * n)
            weights[start : start + height] = counts.reshape(height, n)
        return weights

    @cached_property
    def _choices(self) -> NDArray[np.int8]:
        """Which clusters are exchanged, shape (swaps, clusters) of 0 and 1."""
        rng = np.random.default_rng([self._seed, 1])
        return rng.integers(0, 2, size=(self._swaps, self.clusters), dtype=np.int8)


def interval(values: Numbers) -> tuple[float | None, float | None, str]:
    """Return the 2.5th and 97.5th percentile of bootstrapped values, and a note on the rest.

    A resample may leave a ratio undefined (NaN). Then the note counts those, and there is no
    interval where they are more than 5 % (Efron & Tibshirani 1993, ch. 13, for the method).
    """
    defined = values[~np.isnan(values)]
    missing = len(values) - len(defined)
    if len(defined) < max(1.0, _DEFINED_SHARE * len(values)):
        return None, None, f"no interval: undefined in {missing} of {len(values)} resamples"
    low, high = np.percentile(defined, [2.5, 97.5])
    note = f"interval without {missing} undefined resamples of {len(values)}" if missing else ""
    return float(low), float(high), note


def swap_p(
    reduce: Callable[[Numbers], Numbers],
    ours: Numbers,
    theirs: Numbers,
    swapped_ours: Numbers,
    swapped_theirs: Numbers,
) -> float | None:
    """Return the two-sided p of reduce(ours) - reduce(theirs) by approximate randomisation.

    Were the two arms alike, exchanging them on any cluster would change nothing but chance;
    p is the share of random exchanges whose difference is at least as far from 0, the observed
    one counted in (Noreen 1989; Riezler & Maxwell 2005). It holds for any reduction, and for
    means it is the sign-flip test. An exchange without a defined difference counts as extreme.

    Args:
        reduce: The metric's reduction.
        ours: Summed rows of one arm, shape (d,).
        theirs: Summed rows of the other arm on the same questions, shape (d,).
        swapped_ours: `Resampling.swapped` of the one arm's rows, shape (swaps, d).
        swapped_theirs: The same of the other arm's.

    Returns:
        p in (0, 1], or None where the observed difference is undefined.
    """
    observed = abs(float(reduce(ours)) - float(reduce(theirs)))
    if np.isnan(observed):
        return None
    moved = swapped_ours - swapped_theirs
    differences = np.abs(reduce(ours - moved) - reduce(theirs + moved))
    tolerance = 1e-9 * max(1.0, observed)  # equal sums in another order differ in the last bits
    extreme = np.count_nonzero(~(differences < observed - tolerance))
    return (1 + extreme) / (1 + len(differences))


def _product(choices: NDArray[np.int16] | NDArray[np.int8], sums: Numbers) -> Numbers:
    """Return choices @ sums in float64, some rows at a time to bound the memory."""
    out = np.empty((len(choices), sums.shape[1]))
    step = max(1, _BLOCK // max(len(sums), 1))
    for start in range(0, len(choices), step):
        out[start : start + step] = choices[start : start + step].astype(np.float64) @ sums
    return out
