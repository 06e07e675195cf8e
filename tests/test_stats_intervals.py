"""Intervals against scipy's, and against what must hold whatever the numbers."""

import numpy as np
import pytest
from scipy import stats

from harness.stats import (
    Numbers,
    Resampling,
    bca,
    combined,
    effective_size,
    interval,
    least_interval,
    over_clusters,
    ratio,
    reach,
    standard_error,
    t_interval,
    wilson,
)


def mean_rows(values: Numbers) -> Numbers:
    return np.column_stack([values, np.ones(len(values))])


@pytest.mark.parametrize("right", [0, 1, 7, 30, 60])
def test_wilson_is_that_of_scipy(right: int) -> None:
    theirs = stats.binomtest(right, 60).proportion_ci(method="wilson")
    assert wilson(right / 60, 60) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_no_answers_say_nothing() -> None:
    assert wilson(0.0, 0) == pytest.approx((0.0, 1.0))
    assert wilson(0.7, 0) == pytest.approx((0.0, 1.0))


@pytest.mark.parametrize("n", [1, 7, 24, 60.5, 1e4])
def test_wilson_ends_at_0_and_1_to_the_last_bit(n: float) -> None:
    assert wilson(0.0, n)[0] == 0.0
    assert wilson(1.0, n)[1] == 1.0


@pytest.mark.parametrize("law", ["normal", "skewed"])
def test_bca_without_clusters_is_that_of_scipy(law: str) -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(size=80) if law == "normal" else rng.exponential(size=80) ** 1.5
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=40_000, method="BCa", rng=np.random.default_rng(1)
    ).confidence_interval
    draws, rows = Resampling(np.arange(80), 5, resamples=40_000), mean_rows(values)
    ours = bca(ratio(draws.bootstrap(rows)), float(values.mean()), ratio(draws.left_out(rows)))
    assert ours == pytest.approx((theirs.low, theirs.high), abs=0.02 * float(values.std()))


def test_the_percentile_interval_without_clusters_is_that_of_scipy() -> None:
    values = np.random.default_rng(4).exponential(size=60)
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=40_000, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    moved = ratio(Resampling(np.arange(60), 5, resamples=40_000).bootstrap(mean_rows(values)))
    assert interval(moved)[:2] == pytest.approx((theirs.low, theirs.high), abs=0.01)


def test_bca_shifts_towards_the_long_tail_and_a_constant_has_no_width() -> None:
    values = np.random.default_rng(0).exponential(size=40) ** 2
    draws, rows = Resampling(np.arange(40)), mean_rows(values)
    moved, left_out = ratio(draws.bootstrap(rows)), ratio(draws.left_out(rows))
    low, high = bca(moved, float(values.mean()), left_out)
    plain = interval(moved)
    assert plain[0] is not None
    assert plain[1] is not None
    assert low > plain[0]
    assert high > plain[1]
    assert bca(np.full(50, 0.3), 0.3, np.full(9, 0.3)) == (0.3, 0.3)


def test_resamples_on_one_side_of_the_value_leave_the_percentile_interval() -> None:
    moved = np.arange(1.0, 101.0)
    assert bca(moved, 0.0, np.array([1.0, 2.0])) == pytest.approx(interval(moved)[:2])


def test_few_clusters_reach_as_far_as_students_interval() -> None:
    values = np.random.default_rng(2).normal(size=12)
    draws = Resampling(np.arange(12), resamples=40_000)
    low, high, _ = interval(ratio(draws.bootstrap(mean_rows(values))), reach([(1.0, 12)]))
    theirs = stats.ttest_1samp(values, 0).confidence_interval()
    assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=0.06)


def test_the_reach_of_two_sources_is_ruled_by_the_larger() -> None:
    clusters, seeds = reach([(1.0, 60)]), reach([(1.0, 5)])
    assert reach([(1.0, 60), (1e-9, 5)]) == pytest.approx(clusters, rel=1e-6)
    assert reach([(1e-9, 60), (1.0, 5)]) == pytest.approx(seeds, rel=1e-6)
    assert clusters < reach([(1.0, 60), (1.0, 5)]) < seeds
    assert reach([(0.0, 60)]) == clusters


def test_the_jackknife_of_a_mean_is_its_standard_error() -> None:
    values = np.random.default_rng(1).normal(size=50)
    left_out = ratio(Resampling(np.arange(50)).left_out(mean_rows(values)))
    assert standard_error(left_out) == pytest.approx(stats.sem(values))


def test_students_interval_over_clusters_is_that_of_scipy() -> None:
    values = np.random.default_rng(1).normal(size=24)
    found = over_clusters(
        float(values.mean()), ratio(Resampling(np.arange(24)).left_out(mean_rows(values)))
    )
    theirs = stats.ttest_1samp(values, 0).confidence_interval()
    assert found == pytest.approx((theirs.low, theirs.high))


def test_students_interval_over_seeds_is_that_of_scipy() -> None:
    values = np.array([0.61, 0.66, 0.58])
    theirs = stats.ttest_1samp(values, 0).confidence_interval()
    spread, low, high = t_interval(values)
    assert (low, high) == pytest.approx((theirs.low, theirs.high))
    assert spread == pytest.approx(values.std(ddof=1))


def test_questions_that_stand_alone_are_worth_one_each() -> None:
    values = np.array([1.0, 0, 0, 1, 1, 1, 0, 1])
    assert effective_size(values, np.arange(8)) == pytest.approx(8)


def test_clusters_that_agree_are_worth_one_question_each() -> None:
    labels = np.repeat(np.arange(30), 5)
    together = np.repeat(np.random.default_rng(0).integers(0, 2, 30), 5).astype(float)
    assert effective_size(together, labels) == pytest.approx(30)
    assert effective_size(np.ones(150), labels) == pytest.approx(30)  # nothing says otherwise


def test_the_effective_size_is_the_one_of_the_correlation_put_in() -> None:
    rng, labels, sizes = np.random.default_rng(0), np.repeat(np.arange(400), 5), []
    for _ in range(100):
        chance = rng.beta(2, 2, 400)[labels]  # correlation 1 / (2 + 2 + 1) = 0.2
        sizes.append(effective_size((rng.random(2_000) < chance).astype(float), labels))
    assert np.mean(sizes) == pytest.approx(2_000 / (1 + 4 * 0.2), rel=0.02)


def test_graded_answers_are_worth_more_than_yes_and_no() -> None:
    values = np.random.default_rng(0).uniform(0.4, 0.6, 100)
    ends = wilson(float(values.mean()), effective_size(values, np.arange(100)))
    half = stats.norm.ppf(0.975) * values.std() / 10
    assert ends == pytest.approx((values.mean() - half, values.mean() + half), abs=1e-4)


@pytest.mark.parametrize("low_bits", [1.2e-16, 1e-7])
def test_answers_that_vary_in_their_last_bits_do_not_vary(low_bits: float) -> None:
    values = np.ones(20)
    values[3] -= low_bits
    assert effective_size(values, np.arange(20)) == pytest.approx(20)


def test_the_least_interval_of_a_difference_is_wilsons_of_its_size() -> None:
    labels = np.arange(80)
    won = np.repeat([1.0, 0.0], [3, 77])
    theirs = stats.binomtest(3, 80).proportion_ci(method="wilson")
    assert least_interval(won, labels) == pytest.approx((theirs.low, theirs.high))
    assert least_interval(-won, labels) == pytest.approx((-theirs.high, -theirs.low))
    assert least_interval(won / 2, labels, 0.5) == pytest.approx((theirs.low / 2, theirs.high / 2))
    none = stats.binomtest(0, 80).proportion_ci(method="wilson").high
    assert least_interval(np.zeros(80), labels) == pytest.approx((-none, none))
    assert least_interval(np.full(80, 2.0), labels) == (2.0, 2.0)  # an interaction: no such bound


def test_two_shares_are_combined_as_newcombe_does() -> None:
    """Newcombe (1998), his method for two independent shares: 56/70 minus 48/80."""
    ends = [wilson(56 / 70, 70), wilson(48 / 80, 80)]
    found = combined((1.0, -1.0), (56 / 70, 48 / 80), ends, np.eye(2))
    assert found == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_arms_that_move_together_differ_more_surely() -> None:
    ends = [wilson(0.95, 80), wilson(0.9, 80)]
    alone = combined((1.0, -1.0), (0.95, 0.9), ends, np.eye(2))
    together = combined((1.0, -1.0), (0.95, 0.9), ends, np.array([[1.0, 0.8], [0.8, 1.0]]))
    assert together[1] - together[0] < 0.65 * (alone[1] - alone[0])


def test_two_perfect_arms_may_still_differ() -> None:
    ends = [wilson(1.0, 100)] * 2
    low, high = combined((1.0, -1.0), (1.0, 1.0), ends, np.eye(2))
    assert low == pytest.approx(-high)
    assert 0.03 < high < 0.05


def test_clusters_and_seeds_are_drawn_independently() -> None:
    rng = np.random.default_rng(0)
    clusters, seeds = rng.normal(size=(1, 200, 1)), rng.normal(size=(8, 1, 1))
    draws = Resampling(np.arange(200), resamples=20_000)
    values = draws.crossed(clusters + seeds)[:, 0] / 200
    expected = clusters.var() / 200 + seeds.var() / 8
    assert values.var() == pytest.approx(expected, rel=0.05)
    assert values.mean() == pytest.approx(clusters.mean() + seeds.mean(), abs=0.02)


def test_one_seed_crossed_is_the_plain_bootstrap() -> None:
    rows = np.random.default_rng(0).random((30, 2))
    draws = Resampling(np.arange(30))
    assert draws.crossed(rows[None]) == pytest.approx(draws.bootstrap(rows))
