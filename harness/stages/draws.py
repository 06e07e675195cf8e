"""The rows of one arm and metric on a sample of questions, as they are and drawn again."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from harness.protocols import Metric
from harness.stats import Numbers, Resampling, ratio


@dataclass(frozen=True)
class Draw:
    """An arm's rows on a sample of questions, summed: as they are and drawn again."""

    metric: Metric
    seeds: tuple[int, ...]
    resampling: Resampling
    rows: Numbers
    """Shape (n, d), averaged over seeds."""
    by_seed: Numbers
    """Sums of each seed, shape (seeds, d)."""
    bootstrap: Numbers
    """Shape (resamples, d)."""
    swapped: Numbers
    """Shape (swaps, d); empty where no p is asked for."""
    is_binary: bool
    """Whether each answer is worth 0 or 1."""

    @cached_property
    def total(self) -> Numbers:
        """The sums, shape (d,)."""
        return np.asarray(self.rows.sum(axis=0))

    @cached_property
    def value(self) -> float:
        """The metric on these questions, NaN where it is undefined."""
        return float(self.metric.reduce(self.total))

    @cached_property
    def moved(self) -> Numbers:
        """The metric on each resample, shape (resamples,)."""
        return self.metric.reduce(self.bootstrap)

    @cached_property
    def left_out(self) -> Numbers:
        """The metric without each cluster in turn, shape (clusters,)."""
        return self.metric.reduce(self.resampling.left_out(self.rows))

    @cached_property
    def of_seeds(self) -> Numbers:
        """The metric of each seed, shape (seeds,)."""
        return self.metric.reduce(self.by_seed)

    @cached_property
    def is_mean(self) -> bool:
        """Whether the metric is the mean of one number per question.

        That is so where rows are (number, 1) and the reduction divides the one sum by the other.
        """
        if self.rows.shape[1] != 2 or not (self.rows[:, 1] == 1).all():
            return False
        probe = np.cumsum(self.rows, axis=0)
        return bool(np.allclose(self.metric.reduce(probe), ratio(probe), rtol=1e-12, atol=0))

    @cached_property
    def is_share(self) -> bool:
        """Whether it is a mean of numbers from 0 to 1."""
        values = self.rows[:, 0]
        return (
            self.metric.unit == "share"
            and self.is_mean
            and bool(((values >= 0) & (values <= 1)).all())
        )
