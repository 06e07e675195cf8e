"""Do the intervals cover, and do the tests reject, as often as they say? A simulation.

It calls what a run calls (`harness.stages.limits`, `harness.stages.p_values`) on answers whose
truth is known: yes/no answers in clusters of 1 to 9 questions with an intra-cluster correlation
of 0.2 (beta-binomial), two arms to which the same clusters are hard, or half of the questions as
well, graded answers, trainings that differ. Prints one line per cell: the rate, its Monte Carlo
error, the range it has to be in, give or take two such errors, and pass or FAIL. Exit status 1
where one fails. What no method could hold is printed without a range.

    python benchmarks/coverage.py [--replications 4000]
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.special import ndtr
from scipy.stats import beta as beta_law

from harness.metrics.answer import Contains
from harness.stages.draws import Draw
from harness.stages.limits import Limits, limits
from harness.stages.p_values import p_value
from harness.stats import FEW_SEEDS, Labels, Numbers, Resampling

CORRELATION = 0.2
SHARES = (0.01, 0.05, 0.5, 0.95)
DIFFERENCES = ((0.05, 0.05), (0.5, 0.5), (0.95, 0.95), (0.5, 0.7), (0.95, 0.5), (0.95, 0.9))
MEANS = (0.05, 0.4, 0.93)
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
        verdict = "-" if self.wanted is None else "pass" if self.is_fine else "FAIL"
        wanted = "no bar" if self.wanted is None else "{:.2f} to {:.2f}".format(*self.wanted)
        return (
            f"{self.what:<46}{self.clusters:>4} clusters  {self.rate:.3f} ± {self.error:.3f}"
            f"  {wanted:<12}  {verdict:<4}  {self.methods}"
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


def trained(seeds: int, spread: float, arms: int = 1) -> Make:
    """Return what makes the answers of several trainings of each arm, shape (arms, seeds, n)."""

    def make(labels: Labels, random: Random) -> Numbers:
        lift = random.normal(0, spread, (arms, seeds, 1))
        cluster = 0.5 * random.normal(size=int(labels.max()) + 1)[labels]
        question = 0.6 * random.normal(size=len(labels))
        noise = sqrt(1 - 0.25 - 0.36) * random.normal(size=(arms, seeds, len(labels)))
        return (cluster + question + noise + lift > 0).astype(float)

    return make


def claims(labels: Labels, random: Random) -> Numbers:
    """Return rows (supported claims, claims) of two arms that are alike, shape (2, n, 2)."""
    chance = chances((0.6,), int(labels.max()) + 1, random)[0][labels]
    many = random.integers(1, 6, (2, len(labels)))
    return np.stack([random.binomial(many, chance), many], axis=2).astype(float)


def draw(layers: Numbers, resampling: Resampling, *, swaps: bool = False) -> Draw:
    """Return what `Samples.draw` returns, for values (seeds, n) or rows (seeds, n, 2)."""
    rows = layers if layers.ndim == 3 else np.stack([layers, np.ones_like(layers)], axis=2)
    mean = rows.mean(axis=0)
    crossed = len(rows) >= FEW_SEEDS
    return Draw(
        Contains(),
        tuple(range(len(rows))),
        resampling,
        mean,
        rows.sum(axis=1),
        resampling.crossed(rows) if crossed else resampling.bootstrap(mean),
        resampling.swapped(mean) if swaps else np.empty((0, 2)),
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
    return Line(what, clusters, hits / replications, replications, wanted, _shown(methods))


def rejections(
    what: str,
    clusters: int,
    make: Make,
    replications: int,
    wanted: tuple[float, float] | None = REJECTED,
    largest: int = 9,
    *,
    seeds: int = 1,
) -> Line:
    """Return how often the test of two equal arms says p <= 0.05."""
    random = np.random.default_rng(clusters)
    labels = labels_of(clusters, random, largest)
    resampling = Resampling(labels, resamples=RESAMPLES if seeds > 1 else 1, swaps=SWAPS)
    hits, methods = 0, dict[str, int]()
    for _ in range(replications):
        layers = [v if seeds > 1 else v[None] for v in make(labels, random)]
        ours, theirs = (draw(v, resampling, swaps=True) for v in layers)
        at = limits([ours, theirs], (1.0, -1.0)) if seeds > 1 else Limits()
        p, test = p_value(ours, theirs, at)
        hits += p is not None and p <= 0.05
        methods[test] = methods.get(test, 0) + 1
    return Line(what, clusters, hits / replications, replications, wanted, _shown(methods))


def _shown(methods: Mapping[str, int]) -> str:
    """Return how often each method was used."""
    total = sum(methods.values())
    return "; ".join(f"{method} {n / total:.0%}" for method, n in methods.items())


def interval_lines(replications: int) -> Iterator[Line]:
    """Yield the coverage of every kind of interval."""
    for clusters in (24, 60):
        for p in SHARES:
            wanted = None if p == 0.01 else COVERED
            yield coverage(f"share {p}", clusters, p, right(p), replications, wanted)
        for a, b in DIFFERENCES:
            for in_common in (0.0, 0.5):
                name = f"difference of {a} and {b}{_together(in_common)}"
                make = right(a, b, in_common=in_common)
                yield coverage(name, clusters, a - b, make, replications)
        for m in MEANS:
            yield coverage(f"graded answers, mean {m}", clusters, m, graded(m), replications)
            name = f"difference of graded answers, both {m}"
            yield coverage(name, clusters, 0.0, graded(m, m), replications)
    for seeds in (3, 5, 8):
        for spread in (0.0, 0.3):
            name = f"share 0.5, {seeds} seeds, spread {spread}"
            yield coverage(name, 60, 0.5, trained(seeds, spread), replications)


def rejection_lines(replications: int) -> Iterator[Line]:
    """Yield how often every test rejects what is true."""
    for clusters in (24, 60):
        for p in SHARES[1:]:
            for in_common in (0.0, 0.5):
                name = f"two arms of share {p}{_together(in_common)}"
                make = right(p, p, in_common=in_common)
                yield rejections(name, clusters, make, replications)
        for m in MEANS:
            name = f"two arms of graded answers, mean {m}"
            yield rejections(name, clusters, graded(m, m), replications)
        yield rejections("two arms of a ratio", clusters, claims, replications)
    for seeds in (3, 5, 8):
        for spread in (0.0, 0.3):
            name = f"two arms of share 0.5, {seeds} seeds, spread {spread}"
            make = trained(seeds, spread, 2)
            # without a spread the noise of answers counts twice, over questions and over seeds
            wanted = REJECTED if spread else (0.0, REJECTED[1])
            yield rejections(name, 60, make, replications, wanted, seeds=seeds)
    for questions in (24, 60, 150):
        for p in SHARES[1:]:
            # at p = .05 two of 24 questions differ, and nothing that two say is improbable
            wanted = REJECTED if questions > 24 or p == 0.5 else None
            make = right(p, p, in_common=0.0)
            yield rejections(
                f"two arms of share {p}, each question alone",
                questions,
                make,
                replications,
                wanted,
                1,
            )


def _together(in_common: float) -> str:
    return f", {in_common:.0%} shared" if in_common else ""


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
