"""Clusters, sums, intervals and p-values: pure functions on rows of statistics.

Questions that share a gold document stand or fall together, so what is drawn again is whole
clusters of questions. Since a metric is a function of summed rows, a bootstrap of any metric is
one matrix product: (resamples, clusters) weights times (clusters, d) sums.

Which interval is used where was decided by simulation: `benchmarks/coverage.py` prints it.
"""

from harness.stats.clusters import clusters
from harness.stats.intervals import bca, interval, over_clusters, parts_p, reach, standard_error
from harness.stats.resampling import RESAMPLES, SWAPS, Resampling
from harness.stats.seeds import FEW_SEEDS, t_interval, t_p
from harness.stats.shares import combined, effective_size, least_interval, wilson
from harness.stats.significance import hardly_differ, holm, mcnemar_p, sign_p, swap_p
from harness.stats.sums import LAST_BITS, Labels, Numbers, ratio

__all__ = [
    "FEW_CLUSTERS",
    "FEW_SEEDS",
    "LAST_BITS",
    "RESAMPLES",
    "SWAPS",
    "Labels",
    "Numbers",
    "Resampling",
    "bca",
    "clusters",
    "combined",
    "effective_size",
    "hardly_differ",
    "holm",
    "interval",
    "least_interval",
    "mcnemar_p",
    "over_clusters",
    "parts_p",
    "ratio",
    "reach",
    "sign_p",
    "standard_error",
    "swap_p",
    "t_interval",
    "t_p",
    "wilson",
]

FEW_CLUSTERS = 30
"""Below this many clusters an interval is too narrow, or too wide, to be taken at its word."""
