"""Tests of no difference between two arms, and what to do about many of them."""

from collections.abc import Callable, Sequence
from math import comb, erfc, sqrt

import numpy as np

from harness.stats.sums import Numbers

FEW_DIFFER = 5
"""Where fewer clusters than this differ, no exchange of them has a mid-p of 5 % or less."""


def swap_p(
    reduce: Callable[[Numbers], Numbers],
    ours: Numbers,
    theirs: Numbers,
    swapped_ours: Numbers,
    swapped_theirs: Numbers,
) -> float | None:
    """Return the two-sided mid-p of reduce(ours) - reduce(theirs) by approximate randomisation.

    Were the two arms alike, exchanging them on any cluster would change nothing but chance;
    p is the share of random exchanges whose difference is farther from 0, plus half of those
    that are just as far, the observed one counted in whole (Noreen 1989; Riezler & Maxwell 2005;
    Lancaster 1961 for the half: with few clusters that differ, ties are many, and without it the
    test would reject far too rarely). It holds for any reduction, and for means it is the
    sign-flip test. An exchange without a defined difference counts as farther. Where no exchange
    moves the difference from 0, p is 1.

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
    ties = int(np.count_nonzero(np.abs(differences - observed) <= tolerance))
    if observed <= tolerance and ties == len(differences):
        return 1.0
    nearer = int(np.count_nonzero(differences < observed - tolerance))
    farther = len(differences) - nearer - ties
    return (1 + farther + ties / 2) / (1 + len(differences))


def hardly_differ(wins: int, losses: int, clusters: int) -> bool:
    """Return whether a test that exchanges clusters could not reject, whatever it sees.

    With four that differ its smallest mid-p is 1/16. Among ten clusters or more that leaves a
    false-positive rate near 0, and `sign_p` keeps to 5 %, since five would mostly not be all on
    one side; among fewer clusters it would not.
    """
    return wins + losses < FEW_DIFFER and clusters >= 2 * FEW_DIFFER


def sign_p(wins: int, losses: int) -> float:
    """Return the two-sided p of the sign test by its normal law, not corrected for continuity.

    Dixon & Mood (1946); for single yes/no answers it is McNemar's own (1947). Over all samples
    that might be drawn it holds 5 % where an exact test stays far below (Fagerland, Lydersen &
    Laake 2013).

    >>> [round(sign_p(wins, 0), 3) for wins in (0, 1, 2, 3, 4)]
    [1.0, 0.317, 0.157, 0.083, 0.046]
    """
    return erfc(abs(wins - losses) / sqrt(2 * max(1, wins + losses)))


def mcnemar_p(ours: Numbers, theirs: Numbers) -> float:
    """Return the two-sided p of McNemar's test for yes/no answers, each its own cluster.

    Only the questions count on which the arms differ: were they alike, either would be right on
    half of them. The exact test rejects too rarely; the mid-p version keeps 5 % (Fagerland,
    Lydersen & Laake 2013), and where four questions or fewer differ, `sign_p` does. 1 where the
    arms never differ.

    Args:
        ours: 0 or 1 per question, shape (n,).
        theirs: The other arm's, on the same questions.
    """
    wins, losses = int(np.sum(ours > theirs)), int(np.sum(ours < theirs))
    n, fewer = wins + losses, min(wins, losses)
    if n == 0:
        return 1.0
    if hardly_differ(wins, losses, len(ours)):
        return sign_p(wins, losses)
    tail = sum(comb(n, k) for k in range(fewer + 1))
    # integers do not overflow: one division at the end
    return min(1.0, float((2 * tail - comb(n, fewer)) / 2**n))


def holm(ps: Sequence[float | None]) -> list[float | None]:
    """Return p-values corrected for their number (Holm 1979), in the order given.

    What has no p takes no part. A corrected p at or under 0.05 keeps the chance of any false
    rejection in the family at 5 %, whatever depends on what.

    >>> holm([0.01, None, 0.04, 0.03])
    [0.03, None, 0.06, 0.06]
    """
    known = sorted((p, i) for i, p in enumerate(ps) if p is not None)
    corrected: list[float | None] = [None] * len(ps)
    largest = 0.0
    for rank, (p, i) in enumerate(known):
        largest = max(largest, min(1.0, (len(known) - rank) * p))
        corrected[i] = largest
    return corrected
