"""What every cell and every pair says beside its number: method, test, role, bounds, seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from harness.metrics.answer import Contains, TokenF1
from harness.metrics.bleu import Bleu
from harness.metrics.usage import tokens_in
from harness.protocols import Metric
from harness.results import Effect, Pair, Score, Summary
from harness.stages.effects import effects
from harness.stages.pairs import pairs
from harness.stages.scores import score
from harness.stages.summaries import summarise
from harness.types import Question
from tests.test_summaries import CONTAINS, asked, cases, cell, effect, pair


def scores(
    arm: str, values: Sequence[float | None], questions: Sequence[Question], seed: int = 0
) -> list[Score]:
    """Scores of `contains`; None is an answer without a verdict."""
    return [
        Score(arm, seed, q.split, q.id, "contains", v, "unmeasured" if v is None else "ok",
              () if v is None else (v, 1.0))
        for q, v in zip(questions, values, strict=True)
    ]  # fmt: skip


def summary(rows: Sequence[Score], questions: Sequence[Question]) -> Summary:
    return cell(summarise(rows, CONTAINS, questions), rows[0].arm, "test-new")


def compared(rows: Sequence[Score], questions: Sequence[Question]) -> Pair:
    return pair(pairs(rows, CONTAINS, questions), "y", "x")


def test_the_method_suits_the_metric() -> None:
    metrics: Mapping[str, Metric] = {
        "contains": Contains(), "token_f1": TokenF1(), "bleu": Bleu(), "tokens_in": tokens_in(),
    }  # fmt: skip
    questions = asked(60)
    right = {
        "x": [i % 5 == 0 for i in range(60)],
        "y": [i % 3 == 0 for i in range(60)],
        "z": [i > 0 for i in range(60)],
    }
    found = score([c for arm in right for c in cases(questions, arm, right[arm])], metrics)
    of_arms = summarise(found, metrics, questions)
    methods = {m: cell(of_arms, "x", "test-new", m).method for m in metrics}
    assert methods == {
        "contains": "Wilson", "token_f1": "BCa", "bleu": "percentile", "tokens_in": "percentile",
    }  # fmt: skip
    of_pairs = pairs(found, metrics, questions)
    methods = {m: pair(of_pairs, "y", "x", m).method for m in metrics}
    assert methods == {
        "contains": "percentile", "token_f1": "t over clusters", "bleu": "percentile",
        "tokens_in": "percentile",
    }  # fmt: skip
    tests = {m: pair(of_pairs, "y", "x", m).test for m in metrics}
    assert tests == {
        "contains": "McNemar", "token_f1": "sign-flip by cluster", "bleu": "swap by cluster",
        "tokens_in": "sign test by cluster",  # the same for both arms
    }  # fmt: skip


def test_mcnemar_is_for_questions_that_stand_alone() -> None:
    for per_document, test in ((1, "McNemar"), (2, "sign-flip by cluster")):
        questions = asked(40, per_document=per_document)
        found = scores("x", [0.0] * 40, questions) + scores("y", [1.0, 0.0] * 20, questions)
        assert compared(found, questions).test == test


def test_no_wrong_answer_is_not_never_wrong() -> None:
    questions = asked(100)
    found = summary(scores("x", [1.0] * 100, questions), questions)
    assert (found.value, found.high) == (1.0, 1.0)
    expected = stats.binomtest(100, 100).proportion_ci(method="wilson").low
    assert found.low == pytest.approx(expected)


def test_unmeasured_answers_bound_the_value() -> None:
    questions = asked(10)
    found = summary(scores("x", [1.0] * 4 + [0.0] * 4 + [None] * 2, questions), questions)
    assert (found.value, found.n, found.unmeasured) == (0.5, 8, 2)
    assert (found.lowest, found.highest) == (0.4, 0.6)
    assert "unmeasured: 2 of 10 questions" in found.note
    measured = summary(scores("x", [1.0] * 10, questions), questions)
    assert (measured.lowest, measured.highest, measured.unmeasured) == (None, None, 0)


def test_an_arm_without_any_verdict_can_be_anything() -> None:
    questions = asked(10)
    found = summary(scores("x", [None] * 10, questions), questions)
    assert (found.value, found.n, found.lowest, found.highest) == (None, 0, 0.0, 1.0)


def test_what_has_no_worst_answer_has_no_bound() -> None:
    questions = asked(4)
    metrics: Mapping[str, Metric] = {"tokens_in": tokens_in()}
    answered = cases(questions, "x", [True] * 4)
    silent = replace(answered[0], prediction=replace(answered[0].prediction, tokens_in=None))
    rows = summarise(score([silent, *answered[1:]], metrics), metrics, questions)
    found = cell(rows, "x", "test-new", "tokens_in")
    assert (found.unmeasured, found.lowest, found.highest) == (1, None, None)


def test_a_pair_is_bounded_by_the_two_extremes() -> None:
    questions = asked(10)
    x = scores("x", [1.0] * 4 + [0.0] * 5 + [None], questions)
    y = scores("y", [None] * 2 + [1.0] * 8, questions)
    found = compared(x + y, questions)
    assert found.n == 7  # questions with a verdict in both arms
    assert found.difference == pytest.approx(5 / 7)
    # y - x on all ten: y's two unknown and x's one at their worst and best for y
    assert found.lowest == pytest.approx((8 - 5) / 10)
    assert found.highest == pytest.approx((10 - 4) / 10)
    back = pair(pairs(x + y, CONTAINS, questions, [("x", "y")]), "x", "y")
    assert (back.lowest, back.highest) == (-(found.highest or 0), -(found.lowest or 0))


def trainings(spread: Sequence[float], n: int = 200) -> tuple[list[Score], list[Question]]:
    """One arm whose trainings get these shares right."""
    questions, rng = asked(n), np.random.default_rng(0)
    rows = [
        row
        for seed, share in enumerate(spread)
        for row in scores("x", (rng.random(n) < share).astype(float).tolist(), questions, seed)
    ]
    return rows, questions


def shares(rows: Sequence[Score], seeds: int) -> list[float]:
    return [float(np.mean([r.value for r in rows if r.seed == s])) for s in range(seeds)]


def test_one_seed_has_no_spread() -> None:
    found = summary(*trainings([0.5]))
    assert (found.seeds, found.seed_sd, found.seed_low, found.seed_high) == (1, None, None, None)


def test_a_few_seeds_show_their_spread_and_the_wider_interval() -> None:
    rows, questions = trainings([0.4, 0.5, 0.6])
    found, values = summary(rows, questions), shares(rows, 3)
    ci = stats.ttest_1samp(values, 0).confidence_interval()
    assert found.value == pytest.approx(np.mean(values))
    assert found.seed_sd == pytest.approx(np.std(values, ddof=1))
    assert (found.seed_low, found.seed_high) == pytest.approx((ci.low, ci.high))
    assert (found.low, found.high, found.method) == (
        found.seed_low, found.seed_high, "t over 3 seeds",
    )  # fmt: skip
    alike = [r for s in range(3) for r in scores("x", [1.0, 0.0] * 100, questions, s)]
    assert summary(alike, questions).method == "Wilson"


def test_p_allows_for_the_trainings_where_the_interval_does() -> None:
    rows, questions = trainings([0.55, 0.7, 0.95])
    still = [r for s in range(3) for r in scores("y", [1.0, 0.0] * 100, questions, s)]
    found = compared([*rows, *still], questions)
    differences = [0.5 - share for share in shares(rows, 3)]
    assert (found.method, found.test) == ("t over 3 seeds", "t over 3 seeds")
    assert found.p == pytest.approx(stats.ttest_1samp(differences, 0).pvalue)
    assert found.p is not None
    assert found.p > 0.05
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0 < found.high


def test_points_do_not_leave_their_scale_either() -> None:
    questions, metrics = asked(40), {"bleu": Bleu()}
    answers = [
        case
        for seed, right in enumerate([0, 1, 40])
        for case in cases(questions, "x", [i < right for i in range(40)], seed=seed)
    ]
    found = cell(summarise(score(answers, metrics), metrics, questions), "x", "test-new", "bleu")
    assert (found.low, found.method) == (0.0, "t over 3 seeds")


def test_five_seeds_are_drawn_with_the_clusters() -> None:
    rows, questions = trainings([0.3, 0.4, 0.5, 0.6, 0.7])
    found = summary(rows, questions)
    assert found.method == "clusters x seeds"
    once = summary([r for r in rows if r.seed == 0], questions)
    assert found.low is not None
    assert found.high is not None
    assert once.low is not None
    assert once.high is not None
    assert found.high - found.low > 2 * (once.high - once.low)  # trainings differ more


def test_seeds_are_paired_where_both_arms_have_them() -> None:
    rows, questions = trainings([0.3, 0.5, 0.7])
    better = [replace(r, arm="y", value=1.0, stats=(1.0, 1.0)) if int(r.question[-1]) == 0
              else replace(r, arm="y") for r in rows]  # fmt: skip
    found = compared([*rows, *better], questions)
    assert found.seeds == 3
    assert found.seed_sd is not None
    assert found.seed_sd < 0.05  # the trainings differ by .2, the arms by the same in each
    alone = compared([*rows, *scores("y", [0.5] * 200, questions)], questions)
    assert alone.seed_sd == pytest.approx(np.std(shares(rows, 3), ddof=1))
    assert "seeds: y 1, x 3" in alone.note


def test_contrasts_are_corrected_for_each_other_alone() -> None:
    questions, rng = asked(80), np.random.default_rng(1)
    found = [
        row for arm, share in (("a", 0.3), ("b", 0.45), ("c", 0.5), ("d", 0.65))
        for row in scores(arm, (rng.random(80) < share).astype(float).tolist(), questions)
    ]  # fmt: skip
    contrasts = [("d", "c"), ("b", "a")]
    rows = pairs(found, CONTAINS, questions, contrasts, primary="contains")
    here = [r for r in rows if r.split == "test-new"]
    main = [r for r in here if r.role == "primary contrast"]
    rest = [r for r in here if r.role == "exploratory"]
    assert {(r.a, r.b) for r in main} == set(contrasts)
    assert len(rest) == 4
    for family in (main, rest):
        smallest = min(family, key=lambda r: r.p or 0)
        assert smallest.p_holm == pytest.approx(min(1.0, len(family) * (smallest.p or 0)))
        assert all((r.p_holm or 0) >= (r.p or 0) for r in family)
    assert {r.role for r in rows if r.split == "all"} == {"exploratory"}
    assert {r.role for r in pairs(found, CONTAINS, questions, contrasts)} == {"exploratory"}


def test_the_effect_size_is_in_standard_deviations_of_a_clusters_difference() -> None:
    questions, rng = asked(50), np.random.default_rng(0)
    x, y = rng.normal(0, 1, 50), rng.normal(0.4, 1, 50)
    found = compared(
        scores("x", x.tolist(), questions) + scores("y", y.tolist(), questions), questions
    )
    assert found.effect_size == pytest.approx((y - x).mean() / (y - x).std(ddof=1))
    power = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    assert found.detectable == pytest.approx(power * stats.sem(y - x), rel=1e-5)


def test_a_detectable_difference_is_detected_four_times_in_five() -> None:
    questions, rng, found = asked(60), np.random.default_rng(0), 0
    size = (stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) / 60**0.5
    for _ in range(60):
        values = rng.normal(size, 1, 60)
        rows = scores("x", [0.0] * 60, questions) + scores("y", values.tolist(), questions)
        found += (compared(rows, questions).p or 0) <= 0.05
    assert 0.65 <= found / 60 <= 0.95


def test_equal_arms_have_no_effect_size() -> None:
    questions = asked(20)
    rows = scores("x", [1.0, 0.0] * 10, questions) + scores("y", [1.0, 0.0] * 10, questions)
    found = compared(rows, questions)
    assert (found.effect_size, found.detectable) == (None, None)


def test_a_difference_without_any_spread_says_so() -> None:
    questions = asked(20)
    rows = scores("x", [0.25] * 20, questions) + scores("y", [0.5] * 20, questions)
    found = compared(rows, questions)
    assert (found.difference, found.low, found.high) == (0.25, 0.25, 0.25)
    assert "the interval has no width" in found.note


def test_a_handful_of_questions_that_differ_leave_more_room_than_they_show() -> None:
    questions = asked(100)
    rows = scores("x", [0.0] * 100, questions)
    rows += scores("y", [1.0] * 2 + [0.0] * 98, questions)
    found = compared(rows, questions)
    two_of_100 = stats.binomtest(2, 100).proportion_ci(method="wilson").high
    assert found.high == pytest.approx(two_of_100)  # a bootstrap ends at five of a hundred
    assert found.low == 0.0
    assert found.method == "percentile, Wilson"


def test_four_clusters_that_differ_among_many_are_counted_by_sign() -> None:
    questions = asked(120, per_document=3)
    rows = scores("x", [0.0] * 120, questions)
    rows += scores("y", [float(i in (0, 1, 30, 60, 90)) for i in range(120)], questions)
    found = compared(rows, questions)
    assert found.test == "sign test by cluster"
    assert found.p == pytest.approx(stats.chi2.sf(4, 1))
    assert found.low is not None
    assert found.low > 0
    few = asked(27, per_document=3)
    rows = scores("x", [0.0] * 27, few) + scores("y", [1.0] * 12 + [0.0] * 15, few)
    assert compared(rows, few).test == "sign-flip by cluster"  # nine clusters are not many


def square() -> list[Effect]:
    questions = asked(100)
    parts = {"base": 0.2, "rag": 0.6, "fine-tuned": 0.5, "hybrid-naive": 0.8}
    answered = [
        c for arm, share in parts.items()
        for c in cases(questions, arm, [i < round(share * 100) for i in range(100)])
    ]  # fmt: skip
    return effects(score(answered, CONTAINS), CONTAINS, questions)


def test_simple_effects_are_the_differences_they_name() -> None:
    rows = square()
    expected = {
        "retrieval without fine-tuning": (0.4, "rag - base"),
        "retrieval with fine-tuning": (0.3, "hybrid-naive - fine-tuned"),
        "fine-tuning without retrieval": (0.3, "fine-tuned - base"),
        "fine-tuning with retrieval": (0.2, "hybrid-naive - rag"),
    }
    for name, (value, contrast) in expected.items():
        found = effect(rows, name)
        assert found.value == pytest.approx(value)
        assert found.contrast == contrast
        assert found.low is not None
        assert found.high is not None
        assert found.low < value < found.high
    assert effect(rows, "interaction").contrast == "base + hybrid-naive - rag - fine-tuned"
    halves = "0.5 rag + 0.5 hybrid-naive - 0.5 base - 0.5 fine-tuned"
    assert effect(rows, "retrieval").contrast == halves


def test_two_wild_trainings_do_not_leave_the_scale() -> None:
    rows, questions = trainings([0.1, 0.9])
    found = summary(rows, questions)
    assert (found.low, found.high, found.method) == (0.0, 1.0, "t over 2 seeds")
