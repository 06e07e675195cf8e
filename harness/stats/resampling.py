"""The random draws of a sample: clusters with replacement, seeds with them, arms exchanged."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from harness.stats.sums import Labels, Numbers

RESAMPLES = 2_000
SWAPS = 9_999
"""So the smallest p is 1e-4, which leaves room for a correction over many comparisons."""

_BLOCK = 4_000_000


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
        self.labels = np.asarray(labels, int)
        sizes = np.bincount(self.labels)
        self.clusters = len(sizes)
        self.largest = int(sizes.max(initial=0))
        self._seed, self._resamples, self._swaps = seed, resamples, swaps

    def sums(self, rows: Numbers) -> Numbers:
        """Return the rows of shape (n, d) summed within clusters: shape (clusters, d)."""
        total = np.zeros((self.clusters, rows.shape[1]))
        np.add.at(total, self.labels, rows)
        return total

    def left_out(self, rows: Numbers) -> Numbers:
        """Return the sums without each cluster in turn (a jackknife), shape (clusters, d)."""
        sums = self.sums(rows)
        return np.asarray(sums.sum(axis=0) - sums)

    def bootstrap(self, rows: Numbers) -> Numbers:
        """Return the sums of each resample of clusters, shape (resamples, d)."""
        return _product(self._weights, self.sums(rows))

    def crossed(self, layers: Numbers) -> Numbers:
        """Return the sums of resamples of clusters x seeds, averaged over seeds.

        Every seed answered every question, so a resample draws both and a row counts as often
        as its cluster times as often as its seed was drawn (Owen & Eckles 2012; product weights).

        Args:
            layers: Rows by seed, shape (seeds, n, d).

        Returns:
            Shape (resamples, d).
        """
        seeds = len(layers)
        rng = np.random.default_rng([self._seed, 2, seeds])
        drawn = rng.multinomial(seeds, np.full(seeds, 1 / seeds), self._resamples) / seeds
        parts = (drawn[:, s, None] * self.bootstrap(layers[s]) for s in range(seeds))
        return np.asarray(sum(parts))

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


def _product(choices: NDArray[np.int16] | NDArray[np.int8], sums: Numbers) -> Numbers:
    """Return choices @ sums in float64, some rows at a time to bound the memory."""
    out = np.empty((len(choices), sums.shape[1]))
    step = max(1, _BLOCK // max(len(sums), 1))
    for start in range(0, len(choices), step):
        out[start : start + step] = choices[start : start + step].astype(np.float64) @ sums
    return out
