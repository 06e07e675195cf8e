"""Agreement of scores and verdicts with labels, for one sample or for many resamples at once.

A resample is a row of weights: how often it drew each pair. All functions take weights of shape
(resamples, n), so that a bootstrap is a few array operations, and return shape (resamples,) with
NaN where a measure is 0/0. Checked against scikit-learn.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from harness.stats import RESAMPLES, Labels, Numbers, ratio

Truths = NDArray[np.bool_]

_BLOCK = 4_000_000
"""Weights held at a time."""


def auroc(labels: Truths, scores: Numbers, weights: Numbers) -> Numbers:
    """Return the chance that a supported pair scores above an unsupported one, ties counting half.

    That is the Mann-Whitney form of the area under the ROC curve (Hanley & McNeil 1982).
    """
    _, group = np.unique(scores, return_inverse=True)
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    drawn, positive = weights[:, order], labels[order]
    ups = np.add.reduceat(drawn * positive, starts, axis=1)
    downs = np.add.reduceat(drawn * ~positive, starts, axis=1)
    below = np.cumsum(downs, axis=1) - downs
    wins = (ups * (below + downs / 2)).sum(axis=1)
    return ratio(np.stack([wins, ups.sum(axis=1) * downs.sum(axis=1)], axis=-1))


def balanced_accuracy(labels: Truths, verdicts: Truths, weights: Numbers) -> Numbers:
    """Return the mean of the shares of supported and of unsupported pairs that are judged right."""
    right = labels == verdicts
    shares = [
        ratio(np.stack([weights @ (right & one), weights @ one.astype(float)], axis=-1))
        for one in (labels, ~labels)
    ]
    return np.asarray((shares[0] + shares[1]) / 2)


def kappa(labels: Truths, verdicts: Truths, weights: Numbers) -> Numbers:
    """Return Cohen's kappa (1960): agreement beyond chance, 1 at most, 0 for a guess."""
    total = weights.sum(axis=1)
    agreed = weights @ (labels == verdicts)
    ours, theirs = weights @ verdicts, weights @ labels
    chance = (ours * theirs + (total - ours) * (total - theirs)) / np.maximum(total, 1e-300)
    return ratio(np.stack([agreed - chance, total - chance], axis=-1))


def resamples(clusters: Labels, seed: int = 0, count: int = RESAMPLES) -> Iterator[Numbers]:
    """Yield weights of bootstrap resamples of whole clusters, block by block.

    Args:
        clusters: A label per pair, 0 upwards without gaps, shape (n,).
        seed: Of the draws.
        count: How many resamples in all.
    """
    rng, drawn = np.random.default_rng(seed), int(clusters.max()) + 1
    step = max(1, _BLOCK // max(len(clusters), drawn))
    for start in range(0, count, step):
        height = min(step, count - start)
        picks = rng.integers(drawn, size=(height, drawn)) + np.arange(height)[:, None] * drawn
        counts = np.bincount(picks.ravel(), minlength=height * drawn).reshape(height, drawn)
        yield counts[:, clusters].astype(np.float64)
