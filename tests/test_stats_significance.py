"""Tests of no difference against scipy's, and Holm's correction by hand."""

import random

import numpy as np
import pytest
from scipy import stats

from harness.stats import Resampling, hardly_differ, holm, mcnemar_p, ratio, sign_p, swap_p


@pytest.mark.parametrize("seed", range(2))
def test_the_sign_flip_test_is_scipys_but_for_the_ties(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(0.2, 1, 40), rng.normal(0, 1, 40)  # no ties: mid-p and p agree
    draws = Resampling(np.arange(40), swaps=20_000)
    ours, theirs = (np.column_stack([x, np.ones(40)]) for x in (a, b))
    p = swap_p(ratio, ours.sum(0), theirs.sum(0), draws.swapped(ours), draws.swapped(theirs))
    expected = stats.permutation_test(
        (a, b), lambda x, y: np.mean(x - y), permutation_type="samples", n_resamples=20_000,
        rng=np.random.default_rng(0),
    ).pvalue  # fmt: skip
    assert p == pytest.approx(expected, abs=0.015)


@pytest.mark.parametrize(("wins", "losses"), [(0, 0), (1, 0), (5, 1), (9, 9), (31, 12), (400, 320)])
def test_mcnemars_p_is_the_exact_one_less_half_of_the_observed(wins: int, losses: int) -> None:
    ours = np.array([1.0] * wins + [0.0] * losses + [1.0, 0.0])
    theirs = np.array([0.0] * wins + [1.0] * losses + [1.0, 0.0])
    n = wins + losses
    if not n:
        assert mcnemar_p(ours, theirs) == 1.0
        return
    observed = float(stats.binom.pmf(min(wins, losses), n, 0.5))
    exact = float(stats.binomtest(wins, n).pvalue)
    expected = exact - observed if wins != losses else 1.0
    assert mcnemar_p(ours, theirs) == pytest.approx(expected, rel=1e-9)
    assert mcnemar_p(theirs, ours) == mcnemar_p(ours, theirs)


@pytest.mark.parametrize(("wins", "losses"), [(4, 0), (0, 4), (3, 1), (2, 2), (1, 0)])
def test_few_answers_that_differ_get_mcnemars_chi_square(wins: int, losses: int) -> None:
    ours = np.array([1.0] * wins + [0.0] * losses + [1.0] * 30)
    theirs = np.array([0.0] * wins + [1.0] * losses + [1.0] * 30)
    expected = float(stats.chi2.sf((wins - losses) ** 2 / (wins + losses), 1))
    assert mcnemar_p(ours, theirs) == pytest.approx(expected)
    assert sign_p(wins, losses) == pytest.approx(expected)


def test_hardly_differing_needs_many_that_do_not() -> None:
    assert hardly_differ(4, 0, 24)
    assert not hardly_differ(3, 2, 24)
    assert not hardly_differ(4, 0, 9)


@pytest.mark.parametrize("questions", [10, 24, 60])
def test_mcnemars_test_keeps_its_5_percent_however_many_differ(questions: int) -> None:
    """To the digit, not drawn: the chance to reject, over how many differ and to which side."""

    def rejects(wins: int, differ: int) -> bool:
        ours, theirs = np.zeros(questions), np.zeros(questions)
        ours[:wins], theirs[wins:differ] = 1, 1
        return mcnemar_p(ours, theirs) <= 0.05

    chances = [
        sum(stats.binom.pmf(wins, n, 0.5) for wins in range(n + 1) if rejects(wins, n))
        for n in range(questions + 1)
    ]
    places = range(questions + 1)
    rates = [stats.binom.pmf(places, questions, q / 100) @ chances for q in range(1, 100)]
    assert max(rates) < 0.06


def test_mcnemar_and_sign_flip_agree_where_both_apply() -> None:
    rng = np.random.default_rng(1)
    ours, theirs = rng.integers(0, 2, (2, 80)).astype(float)
    rows = [np.column_stack([x, np.ones(80)]) for x in (ours, theirs)]
    draws = Resampling(np.arange(80), swaps=20_000)
    p = swap_p(ratio, rows[0].sum(0), rows[1].sum(0), *(draws.swapped(r) for r in rows))
    assert p == pytest.approx(mcnemar_p(ours, theirs), abs=0.01)


def test_many_questions_do_not_overflow() -> None:
    assert mcnemar_p(np.ones(900), np.zeros(900)) == pytest.approx(2.0**-900, rel=1e-6)


def by_definition(ps: list[float]) -> list[float]:
    """Holm's p: the largest of (m - j + 1) p_(j) over the p at most as large, 1 at the most."""
    ordered = sorted(ps)
    return [min(1.0, max((len(ps) - j) * q for j, q in enumerate(ordered) if q <= p)) for p in ps]


def test_holm_is_his_definition() -> None:
    dice = random.Random(0)
    for _ in range(200):
        ps = [dice.random() ** dice.choice((1, 4)) for _ in range(dice.randint(1, 12))]
        assert holm(ps) == pytest.approx(by_definition(ps))


def test_holm_by_hand() -> None:
    assert holm([0.005, 0.03, 0.011, 0.04]) == pytest.approx([0.02, 0.06, 0.033, 0.06])
    assert holm([0.6, 0.9]) == [1.0, 1.0]
    assert holm([None, None]) == [None, None]
    assert holm([]) == []
