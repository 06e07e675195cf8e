"""Do the intervals cover, and do the tests reject, as often as they say? A simulation.

It calls what a run calls (`harness.stages.limits`, `harness.stats`) on answers whose truth is
known: yes/no answers in clusters of 1 to 9 questions with an intra-cluster correlation of 0.2
(beta-binomial), two arms that share their clusters and half of their luck, graded answers,
trainings that differ. Prints one line per cell; exit status 1 where one misses its range.

    python benchmarks/coverage.py [--replications 4000]
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.special import ndtr
from scipy.stats import beta as beta_law

from harness.metrics.answer import Contains
from harness.stages.draws import Draw
from harness.stages.limits import limits
from harness.stats import FEW_SEEDS, Labels, Numbers, Resampling, mcnemar_p, ratio, swap_p

CORRELATION = 0.2
SHARES = (0.01, 0.05, 0.5, 0.95)
RESAMPLES, SWAPS = 1_000, 999
COVERED, REJECTED = (0.93, 0.97), (0.03, 0.07)

Random = np.random.Generator
Make = Callable[[Labels, Random], Numbers]
"""From the clusters of the questions to the answers, one entry an arm."""


@dataclass(frozen=True, slots=True)
class Line:
    """One cell of the simulation: how often something happened, and how often it should."""

    what: str
    clusters: int
    rate: float
    replications: int
    wanted: tuple[float, float] | None
    """None where the cell is printed only."""
    methods: str = ""

    @property
    def error(self) -> float:
        """Monte Carlo standard error of the rate."""
        return sqrt(self.rate * (1 - self.rate) / self.replications)

    @property
    def is_fine(self) -> bool:
        """Whether the rate is in its range, give or take two Monte Carlo errors."""
        if self.wanted is None:
            return True
        low, high = self.wanted
        return low - 2 * self.error <= self.rate <= high + 2 * self.error

    def __str__(self) -> str:
        """Return the line as it is printed."""
        verdict = "" if self.wanted is None else "  ok" if self.is_fine else "  MISSED"
        wanted = "printed only" if self.wanted is None else "{:.2f} to {:.2f}".format(*self.wanted)
        return (
            f"{self.what:<46}{self.clusters:>4} clusters  {self.rate:.3f} ± {self.error:.3f}"
            f"  ({wanted}){verdict}  {self.methods}"
        )


def labels_of(clusters: int, random: Random, largest: int = 9) -> Labels:
    """Return the cluster of each question; clusters have 1 to `largest` questions."""
    return np.repeat(np.arange(clusters), random.integers(1, largest + 1, clusters))


def chances(shares: Sequence[float], clusters: int, random: Random) -> Numbers:
    """Return each arm's chance of being right in each cluster: high together, low together."""
    luck, k = random.random(clusters), 1 / CORRELATION - 1
    return np.array([beta_law.ppf(luck, p * k, (1 - p) * k) for p in shares])


def right(*shares: float, in_common: float = 0.5) -> Make:
    """Return what makes 0 or 1 per arm and question; `in_common`: as hard for every arm."""

    def make(labels: Labels, random: Random) -> Numbers:
        chance = chances(shares, int(labels.max()) + 1, random)[:, labels]
        alone, hard = random.random(chance.shape), random.random(len(labels))
        shared = random.random(len(labels)) < in_common
        return (np.where(shared, hard, alone) < chance).astype(float)

    return make


def graded(*means: float) -> Make:
    """Return what makes numbers from 0 to 1 per arm and question, by beta laws of these means."""

    def make(labels: Labels, random: Random) -> Numbers:
        common = sqrt(0.25) * random.normal(size=int(labels.max()) + 1)[labels]
        own = sqrt(0.75) * random.normal(size=(len(means), len(labels)))
        places = ndtr(common + own)
        rows = [beta_law.ppf(u, 4 * m, 4 * (1 - m)) for u, m in zip(places, means, strict=True)]
        return np.array(rows)

    return make


def trained(seeds: int, spread: float) -> Make:
    """Return what makes the answers of several trainings of one arm, shape (1, seeds, n)."""

    def make(labels: Labels, random: Random) -> Numbers:
        lift = random.normal(0, spread, (seeds, 1))
        cluster = 0.5 * random.normal(size=int(labels.max()) + 1)[labels]
        question = 0.6 * random.normal(size=len(labels))
        noise = sqrt(1 - 0.25 - 0.36) * random.normal(size=(seeds, len(labels)))
        return (cluster + question + noise + lift > 0).astype(float)[None]

    return make


def claims(labels: Labels, random: Random) -> Numbers:
    """Return rows (supported claims, claims) of two arms that are alike, shape (2, n, 2)."""
    chance = chances((0.6,), int(labels.max()) + 1, random)[0][labels]
    many = random.integers(1, 6, (2, len(labels)))
    return np.stack([random.binomial(many, chance), many], axis=2).astype(float)


def draw(layers: Numbers, resampling: Resampling) -> Draw:
    """Return what `Samples.draw` returns, for values of shape (seeds, n)."""
    rows = np.stack([layers, np.ones_like(layers)], axis=2)
    mean = rows.mean(axis=0)
    crossed = len(rows) >= FEW_SEEDS
    return Draw(
        Contains(),
        tuple(range(len(rows))),
        resampling,
        mean,
        rows.sum(axis=1),
        resampling.crossed(rows) if crossed else resampling.bootstrap(mean),
        np.empty((0, 2)),
        bool(np.isin(rows[..., 0], (0.0, 1.0)).all()),
    )


def coverage(
    what: str,
    clusters: int,
    truth: float,
    make: Make,
    replications: int,
    wanted: tuple[float, float] | None = COVERED,
    largest: int = 9,
) -> Line:
    """Return how often the interval of one arm, or of the first minus the second, has the truth."""
    random = np.random.default_rng(clusters)
    labels = labels_of(clusters, random, largest)
    resampling = Resampling(labels, resamples=RESAMPLES, swaps=SWAPS)
    hits, methods = 0, dict[str, int]()
    for _ in range(replications):
        arms = [draw(np.atleast_2d(v), resampling) for v in make(labels, random)]
        at = limits(arms, (1.0, -1.0)[: len(arms)])
        assert at.low is not None
        assert at.high is not None
        hits += at.low <= truth + 1e-12 and truth - 1e-12 <= at.high
        methods[at.method] = methods.get(at.method, 0) + 1
    shown = ", ".join(f"{m} {n / replications:.0%}" for m, n in methods.items())
    return Line(what, clusters, hits / replications, replications, wanted, shown)


def rejections(
    what: str,
    clusters: int,
    make: Make,
    replications: int,
    wanted: tuple[float, float] | None = REJECTED,
    largest: int = 9,
    *,
    mcnemar: bool = False,
) -> Line:
    """Return how often a test of two equal arms says p <= 0.05."""
    random = np.random.default_rng(clusters)
    labels = labels_of(clusters, random, largest)
    resampling = Resampling(labels, resamples=1, swaps=SWAPS)
    hits = 0
    for _ in range(replications):
        made = make(labels, random)
        if mcnemar:
            p: float | None = mcnemar_p(made[0], made[1])
        else:
            rows = made if made.ndim == 3 else np.stack([made, np.ones_like(made)], axis=2)
            moved = [resampling.swapped(r) for r in rows]
            p = swap_p(ratio, rows[0].sum(axis=0), rows[1].sum(axis=0), *moved)
        hits += p is not None and p <= 0.05
    return Line(what, clusters, hits / replications, replications, wanted)


def interval_lines(replications: int) -> Iterator[Line]:
    """Yield the coverage of every kind of interval."""
    for clusters in (24, 60):
        for p in SHARES:
            wanted = None if p == 0.01 else COVERED
            yield coverage(f"share {p}", clusters, p, right(p), replications, wanted)
        for a, b in ((0.05, 0.05), (0.5, 0.5), (0.95, 0.95), (0.5, 0.7), (0.95, 0.5)):
            name = f"difference of {a} and {b}"
            # two arms near an edge differ on a handful of questions: an interval of whole answers
            wanted = (COVERED[0], 0.98) if a == b != 0.5 else COVERED
            yield coverage(name, clusters, a - b, right(a, b), replications, wanted)
        for m in (0.4, 0.93):
            yield coverage(f"graded answers, mean {m}", clusters, m, graded(m), replications)
            name = f"difference of graded answers, both {m}"
            yield coverage(name, clusters, 0.0, graded(m, m), replications)
    for seeds in (3, 5, 8):
        for spread in (0.0, 0.3):
            # the wider one of two intervals is right about either, and too wide about both
            wanted = (COVERED[0], 0.98) if seeds < FEW_SEEDS else COVERED
            name = f"share 0.5, {seeds} seeds, spread {spread}"
            yield coverage(name, 60, 0.5, trained(seeds, spread), replications, wanted)


def rejection_lines(replications: int) -> Iterator[Line]:
    """Yield how often every test rejects what is true."""
    for clusters in (24, 60):
        for p in SHARES[1:]:
            # of 24 clusters at p = .05 five or six differ: hardly any test could reject
            wanted = (0.0, REJECTED[1]) if clusters == 24 and p != 0.5 else REJECTED
            name = f"sign-flip by cluster, shares {p}"
            yield rejections(name, clusters, right(p, p), replications, wanted)
        name = "sign-flip by cluster, graded answers"
        yield rejections(name, clusters, graded(0.4, 0.4), replications)
        yield rejections("swap by cluster, a ratio", clusters, claims, replications)
    for questions in (60, 150):
        yield rejections(
            "McNemar, shares 0.5", questions, right(0.5, 0.5), replications, largest=1, mcnemar=True
        )


def main() -> int:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--replications", type=int, default=4_000)
    replications = parser.parse_args().replications
    fine = True
    for title, lines in (("95 % intervals", interval_lines), ("tests at 5 %", rejection_lines)):
        print(f"\n{title}: how often they {'cover' if lines is interval_lines else 'reject'}")
        for line in lines(replications):
            print(line, flush=True)
            fine &= line.is_fine
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
