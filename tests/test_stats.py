from itertools import product

import numpy as np
import pytest

from harness.stats import Numbers, Resampling, clusters, interval, ratio, swap_p
from harness.types import Question


def questions(*gold: str) -> list[Question]:
    return [Question(str(i), "?", ("x",), gold=tuple(g)) for i, g in enumerate(gold)]


def p_value(a: Numbers, b: Numbers, draws: Resampling) -> float | None:
    return swap_p(ratio, a.sum(axis=0), b.sum(axis=0), draws.swapped(a), draws.swapped(b))


def with_ones(values: Numbers) -> Numbers:
    return np.column_stack([values, np.ones(len(values))])


def test_questions_are_together_when_documents_connect_them() -> None:
    assert clusters(questions("a", "b", "ab", "c", "", "", "cd", "d")).tolist() == [
        0, 0, 0, 1, 2, 3, 1, 1,
    ]  # fmt: skip
    assert clusters([]).tolist() == []


def test_clusters_do_not_depend_on_the_order_of_questions() -> None:
    rng = np.random.default_rng(0)
    asked = questions(*("".join(rng.choice(list("abcdefghijkl"), 2)) for _ in range(9)))
    expected = {frozenset(np.flatnonzero(clusters(asked) == c)) for c in clusters(asked)}
    for _ in range(20):
        order = rng.permutation(len(asked))
        labels = clusters([asked[i] for i in order])
        assert {frozenset(order[labels == c]) for c in labels} == expected


def test_a_constant_has_an_interval_of_no_width() -> None:
    draws = Resampling(np.arange(50))
    values = ratio(draws.bootstrap(with_ones(np.full(50, 0.3))))
    low, high, note = interval(values)
    assert [low, high] == pytest.approx([0.3, 0.3], abs=1e-12)
    assert note == ""


def test_the_bootstrap_agrees_with_one_written_with_loops() -> None:
    rng = np.random.default_rng(3)
    values, labels = rng.random(120), np.repeat(np.arange(40), 3)
    draws = Resampling(labels, seed=1)
    low, high, _ = interval(ratio(draws.bootstrap(with_ones(values))))
    means = []
    for _ in range(2_000):
        drawn = rng.integers(40, size=40)
        means.append(np.mean([values[labels == c] for c in drawn]))
    assert [low, high] == pytest.approx(np.percentile(means, [2.5, 97.5]).tolist(), abs=0.006)


def test_every_resample_draws_as_many_clusters_as_there_are() -> None:
    draws = Resampling(np.array([0, 0, 1, 2]), seed=5, resamples=500)
    counts = draws.bootstrap(np.eye(4))
    assert (counts[:, 0] == counts[:, 1]).all()
    assert (counts[:, [0, 2, 3]].sum(axis=1) == 3).all()
    assert counts[:, 0].mean() == pytest.approx(1, abs=0.15)


def test_clusters_widen_the_interval_where_their_questions_agree() -> None:
    values = with_ones(np.repeat(np.random.default_rng(0).integers(0, 2, 30), 10).astype(float))
    alone = interval(ratio(Resampling(np.arange(300)).bootstrap(values)))
    together = interval(ratio(Resampling(np.repeat(np.arange(30), 10)).bootstrap(values)))
    assert alone[0] is not None
    assert alone[1] is not None
    assert together[0] is not None
    assert together[1] is not None
    assert together[1] - together[0] > 2 * (alone[1] - alone[0])


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng, covered = np.random.default_rng(7), 0
    for trial in range(200):
        rows = with_ones(rng.binomial(1, 0.4, 100).astype(float))
        low, high, _ = interval(ratio(Resampling(np.arange(100), trial, 500).bootstrap(rows)))
        covered += low is not None and high is not None and low <= 0.4 <= high
    assert 0.89 <= covered / 200 <= 0.99


def test_equal_seeds_give_equal_draws_and_others_do_not() -> None:
    rows = np.random.default_rng(0).random((30, 3))
    same = [Resampling(np.arange(30), seed).bootstrap(rows) for seed in (4, 4, 5)]
    assert (same[0] == same[1]).all()
    assert (same[0] != same[2]).any()


def test_draws_do_not_depend_on_the_size_of_a_block(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.random.default_rng(0).integers(0, 9, (40, 2)).astype(float)
    whole = Resampling(np.arange(40)).bootstrap(rows)
    monkeypatch.setattr("harness.stats.resampling._BLOCK", 130)
    assert (Resampling(np.arange(40)).bootstrap(rows) == whole).all()


def test_undefined_resamples_are_counted_and_too_many_leave_no_interval() -> None:
    values = np.arange(100.0)
    values[:3] = np.nan
    low, high, note = interval(values)
    assert low is not None
    assert high == pytest.approx(np.percentile(values[3:], 97.5))
    assert "3 undefined" in note
    values[:10] = np.nan
    assert interval(values) == (None, None, "no interval: undefined in 10 of 100 resamples")


def test_p_equals_the_exact_test_over_all_exchanges() -> None:
    difference = np.array([0.9, 0.4, -0.2, 0.7, 0.3, 0.8, -0.1, 0.5])
    signs = np.array(list(product([-1, 1], repeat=8)))
    farther = np.mean(np.abs(signs @ difference) > difference.sum() + 1e-9)
    as_far = np.mean(np.abs(np.abs(signs @ difference) - difference.sum()) <= 1e-9)
    exact = farther + as_far / 2
    p = p_value(with_ones(difference), with_ones(np.zeros(8)), Resampling(np.arange(8)))
    assert p == pytest.approx(exact, abs=0.01)


def test_p_is_one_for_equal_arms_and_small_for_arms_far_apart() -> None:
    draws, ones, zeros = Resampling(np.arange(100)), np.ones(100), np.zeros(100)
    assert p_value(with_ones(ones), with_ones(ones), draws) == 1.0
    assert p_value(with_ones(ones), with_ones(zeros), draws) == 1e-4


def test_p_is_the_same_whichever_arm_comes_first() -> None:
    rng, draws = np.random.default_rng(0), Resampling(np.arange(60))
    a, b = with_ones(rng.random(60)), with_ones(rng.random(60))
    assert p_value(a, b, draws) == p_value(b, a, draws)


def test_p_is_even_where_nothing_differs() -> None:
    rng = np.random.default_rng(2)
    found = []
    for trial in range(200):
        draws = Resampling(np.arange(40), trial, resamples=1, swaps=300)
        found.append(p_value(with_ones(rng.normal(size=40)), with_ones(rng.normal(size=40)), draws))
    assert np.mean([p is not None and p <= 0.1 for p in found]) == pytest.approx(0.1, abs=0.06)


def test_whole_clusters_are_exchanged() -> None:
    a, b = with_ones(np.ones(40)), with_ones(np.zeros(40))
    p = p_value(a, b, Resampling(np.repeat([0, 1], 20)))
    assert p == pytest.approx(0.25, abs=0.02)  # two clusters: half of the exchanges are as far


def test_an_undefined_difference_has_no_p() -> None:
    rows = np.zeros((5, 2))
    assert p_value(rows, rows, Resampling(np.arange(5))) is None


def test_a_ratio_of_nothing_is_undefined_for_one_row_and_for_many() -> None:
    assert np.isnan(ratio(np.array([0.0, 0.0])))
    assert ratio(np.array([[[1.0, 2.0]]])).tolist() == [[0.5]]
