import random
from collections.abc import Mapping, Sequence
from time import process_time

import pytest
import sacrebleu
from scipy import stats

from harness.metrics.abstention import AbstentionPrecision, AbstentionRecall
from harness.metrics.answer import Contains, ExactMatch, TokenF1
from harness.metrics.bleu import Bleu, Chrf
from harness.metrics.faithfulness import gold, retrieved
from harness.metrics.meteor import Meteor
from harness.metrics.ranking import ndcg
from harness.metrics.rouge import RougeL, RougeLsum, rouge1, rouge2
from harness.metrics.usage import tokens_in
from harness.protocols import Metric
from harness.results import Effect, Pair, Score, Summary
from harness.stages.effects import effects
from harness.stages.pairs import pairs
from harness.stages.scores import score
from harness.stages.summaries import summarise
from harness.types import Case, ContextType, Failure, Prediction, Question
from tests.fake_judge import FakeJudge

RIGHT, WRONG = "It weighs 5 kg in all.", "It weighs 9 kg in all."
REFUSAL = "The passages do not say."
CONTAINS: Mapping[str, Metric] = {"contains": Contains()}


def asked(count: int, split: str = "test-new", per_document: int = 1) -> list[Question]:
    answerable = split != "test-unanswerable"
    return [
        Question(
            f"{split}-{i}", "?", (RIGHT,) if answerable else (), (("5 kg",),) if answerable else (),
            (f"{split}-d{i // per_document}",) if answerable else (), answerable, split,
        )
        for i in range(count)
    ]  # fmt: skip


def cases(
    questions: Sequence[Question],
    arm: str,
    right: Sequence[bool],
    context: ContextType = "none",
    seed: int = 0,
) -> list[Case]:
    return [
        Case(
            q,
            Prediction(arm, seed, q.split, q.id, RIGHT if r else WRONG, tokens_in=100),
            context,
            q.gold if context == "retrieved" else (),
        )
        for q, r in zip(questions, right, strict=True)
    ]


def cell(rows: Sequence[Summary], arm: str, split: str, metric: str = "contains") -> Summary:
    [found] = [r for r in rows if (r.arm, r.split, r.metric) == (arm, split, metric)]
    return found


def pair(rows: Sequence[Pair], a: str, b: str, metric: str = "contains") -> Pair:
    [found] = [r for r in rows if (r.a, r.b, r.split, r.metric) == (a, b, "test-new", metric)]
    return found


def effect(rows: Sequence[Effect], name: str, metric: str = "contains") -> Effect:
    [found] = [r for r in rows if (r.effect, r.split, r.metric) == (name, "test-new", metric)]
    return found


def test_there_is_a_cell_for_every_arm_split_and_metric() -> None:
    questions = asked(3, "test-unanswerable") + asked(4) + asked(2, "odd") + asked(5, "test-seen")
    answered = [c for arm in ("rag", "base") for c in cases(questions, arm, [True] * 14)]
    metrics: Mapping[str, Metric] = {"contains": Contains(), "ndcg@10": ndcg(10)}
    rows = summarise(score(answered, metrics), metrics, questions)
    splits = ["test-seen", "test-new", "test-unanswerable", "odd", "all"]
    assert [(r.split, r.metric, r.arm) for r in rows] == [
        (s, m, a) for s in splits for m in metrics for a in ("rag", "base")
    ]
    assert [cell(rows, "rag", s).n for s in splits] == [5, 4, 0, 2, 11]
    assert cell(rows, "rag", "test-unanswerable").note == "not applicable"
    assert cell(rows, "rag", "all").note.endswith("not applicable: 3 of 14 questions")


def test_a_cell_holds_the_mean_and_an_interval_around_it() -> None:
    questions = asked(40)
    answered = cases(questions, "rag", [i < 30 for i in range(40)])
    found = cell(summarise(score(answered, CONTAINS), CONTAINS, questions), "rag", "test-new")
    assert (found.value, found.n, found.clusters, found.largest_cluster) == (0.75, 40, 40, 1)
    assert found.low is not None
    assert found.high is not None
    assert 0.55 < found.low < 0.70
    assert 0.80 < found.high < 0.95
    assert found.note == ""
    assert (found.unit, found.higher_is_better, found.seeds) == ("share", True, 1)


@pytest.mark.parametrize("rounded", [1.2e-16, 6e-8])
def test_scores_of_one_but_for_the_last_bits_are_ones(rounded: float) -> None:
    questions, metrics = asked(20), {"token_f1": TokenF1()}
    rows = [
        Score(arm, 0, q.split, q.id, "token_f1", v, "ok", (v, 1.0))
        for arm, off in (("x", "37"), ("y", "5"))
        for q in questions
        for v in [1.0 - rounded * (q.id[-1] in off)]
    ]
    found = cell(summarise(rows, metrics, questions), "x", "test-new", "token_f1")
    all_of_20 = stats.binomtest(20, 20).proportion_ci(method="wilson").low
    assert found.method == "Wilson"
    assert (found.low, found.value, found.high) == pytest.approx((all_of_20, 1.0, 1.0), abs=1e-7)
    apart = pair(pairs(rows, metrics, questions), "y", "x", "token_f1")
    assert apart.difference == pytest.approx(0.0, abs=1e-7)
    assert apart.p == 1.0
    assert (apart.low, apart.high) == pytest.approx((all_of_20 - 1, 1 - all_of_20), abs=1e-7)


def test_failures_stay_in_the_mean_and_are_counted() -> None:
    questions = asked(4)
    answered = cases(questions, "rag", [True] * 4)
    prediction = Prediction("rag", 0, "test-new", questions[0].id, "", failure=Failure("x", "y"))
    answered[0] = Case(questions[0], prediction, "none")
    metrics: Mapping[str, Metric] = {"contains": Contains(), "tokens_in": tokens_in()}
    rows = summarise(score(answered, metrics), metrics, questions)
    found, usage = (cell(rows, "rag", "test-new", m) for m in metrics)
    assert (found.value, found.n, found.failures) == (0.75, 4, 1)
    assert (usage.value, usage.n, usage.failures) == (100.0, 3, 1)
    assert "unmeasured: 1 of 4 questions" in usage.note


def test_the_value_of_a_corpus_metric_is_that_of_the_corpus() -> None:
    questions, rng = asked(50), random.Random(0)
    answered = cases(questions, "rag", [rng.random() < 0.5 for _ in questions])
    bleu: Mapping[str, Metric] = {"bleu": Bleu()}
    found = cell(summarise(score(answered, bleu), bleu, questions), "rag", "test-new", "bleu")
    said = [c.prediction.text for c in answered]
    assert found.value == pytest.approx(sacrebleu.corpus_bleu(said, [[RIGHT] * 50]).score)
    assert found.low is not None
    assert found.high is not None
    assert found.value is not None
    assert found.low < found.value < found.high


def test_few_clusters_are_said_and_one_gives_no_interval() -> None:
    few, one = asked(20, per_document=2), asked(20, per_document=20)
    right = [i % 3 > 0 for i in range(20)]
    found = cell(summarise(score(cases(few, "a", right), CONTAINS), CONTAINS, few), "a", "test-new")
    assert (found.clusters, found.largest_cluster) == (10, 2)
    assert found.note == "10 clusters only: the interval is a rough guide"
    found = cell(summarise(score(cases(one, "a", right), CONTAINS), CONTAINS, one), "a", "test-new")
    assert (found.low, found.high) == (None, None)
    assert found.note == "no interval: all questions are one cluster"


def test_seeds_are_averaged_before_questions_are_counted() -> None:
    questions = asked(40)
    right = [i < 20 for i in range(40)]
    three = [c for s in range(3) for c in cases(questions, "ft", right, seed=s)]
    once = summarise(score(cases(questions, "ft", right), CONTAINS), CONTAINS, questions)
    thrice = summarise(score(three, CONTAINS), CONTAINS, questions)
    one, many = (cell(rows, "ft", "test-new") for rows in (once, thrice))
    assert (many.value, many.low, many.high, many.n, many.seeds) == (
        one.value, one.low, one.high, 40, 3,
    )  # fmt: skip


def test_an_undefined_reduction_is_an_empty_cell_with_a_reason() -> None:
    questions = asked(5, "test-unanswerable") + asked(5)
    metrics: Mapping[str, Metric] = {
        "abstention_precision": AbstentionPrecision(),
        "abstention_recall": AbstentionRecall(),
    }
    rows = summarise(score(cases(questions, "a", [True] * 10), metrics), metrics, questions)
    found = cell(rows, "a", "all", "abstention_precision")
    assert (found.value, found.low, found.high, found.n) == (None, None, None, 10)
    assert "0/0" in found.note
    assert cell(rows, "a", "test-unanswerable", "abstention_recall").value == 0.0


def test_a_question_that_an_arm_was_not_asked_is_said() -> None:
    questions = asked(10)
    answered = cases(questions, "a", [True] * 10) + cases(questions[:7], "b", [True] * 7)
    found = cell(summarise(score(answered, CONTAINS), CONTAINS, questions), "b", "test-new")
    assert found.n == 7
    assert "not put to this arm: 3 of 10 questions" in found.note


def test_every_pair_of_arms_is_there_once_and_read_as_asked() -> None:
    questions = asked(4)
    answered = [c for arm in "xyz" for c in cases(questions, arm, [True] * 4)]
    rows = pairs(score(answered, CONTAINS), CONTAINS, questions, [("x", "z")])
    assert [(r.a, r.b) for r in rows if r.split == "test-new"] == [
        ("y", "x"),
        ("x", "z"),
        ("z", "y"),
    ]


def test_pairing_makes_the_difference_sharper_than_its_two_arms() -> None:
    questions, rng = asked(100), random.Random(0)
    hard = [rng.random() < 0.5 for _ in questions]
    better = [r or i % 20 == 0 for i, r in enumerate(hard)]
    answered = cases(questions, "x", hard) + cases(questions, "y", better)
    scores = score(answered, CONTAINS)
    found = pair(pairs(scores, CONTAINS, questions), "y", "x")
    arm = cell(summarise(scores, CONTAINS, questions), "x", "test-new")
    assert found.difference == pytest.approx((sum(better) - sum(hard)) / 100)
    assert found.low is not None
    assert found.high is not None
    assert found.p is not None
    assert arm.low is not None
    assert arm.high is not None
    assert found.high - found.low < (arm.high - arm.low) / 2
    assert 0 < found.p < 1


def test_an_arm_against_its_double_differs_by_nothing_as_far_as_fifty_questions_show() -> None:
    questions = asked(50)
    right = [i % 3 == 0 for i in range(50)]
    answered = cases(questions, "x", right) + cases(questions, "y", right)
    found = pair(pairs(score(answered, CONTAINS), CONTAINS, questions), "y", "x")
    assert (found.difference, found.p, found.method) == (0.0, 1.0, "Wilson")
    none_of_50 = stats.binomtest(0, 50).proportion_ci(method="wilson").high
    assert (found.low, found.high) == pytest.approx((-none_of_50, none_of_50))


def test_exchanging_the_arms_changes_the_sign_alone() -> None:
    questions, rng = asked(60), random.Random(1)
    answered = [
        c for arm in "xy" for c in cases(questions, arm, [rng.random() < 0.5 for _ in questions])
    ]
    scores = score(answered, CONTAINS)
    forth = pair(pairs(scores, CONTAINS, questions, [("x", "y")]), "x", "y")
    back = pair(pairs(scores, CONTAINS, questions), "y", "x")
    assert forth.difference == -(back.difference or 0)
    assert forth.low == pytest.approx(-(back.high or 0))
    assert forth.p == back.p


def test_a_metric_that_suits_one_arm_alone_compares_nothing() -> None:
    questions = asked(5)
    answered = cases(questions, "base", [True] * 5)
    answered += cases(questions, "rag", [True] * 5, "retrieved")
    metrics: Mapping[str, Metric] = {"ndcg@10": ndcg(10)}
    found = pair(pairs(score(answered, metrics), metrics, questions), "rag", "base", "ndcg@10")
    assert (found.difference, found.p, found.n) == (None, None, 0)
    assert found.note == "no question on which both are measured"


def test_arms_are_compared_on_the_questions_both_answered() -> None:
    questions = asked(10)
    answered = cases(questions[:7], "x", [False] * 7) + cases(questions[2:], "y", [True] * 8)
    found = pair(pairs(score(answered, CONTAINS), CONTAINS, questions), "y", "x")
    assert (found.difference, found.n) == (1.0, 5)
    assert "3 questions of y left out: x has no row" in found.note
    assert "2 questions of x left out: y has no row" in found.note


def square(base: float, rag: float, tuned: float, both: float, n: int = 100) -> list[Effect]:
    questions = asked(n)
    shares = {"base": base, "rag": rag, "fine-tuned": tuned, "hybrid-naive": both}
    answered = [
        c for arm, share in shares.items()
        for c in cases(questions, arm, [i < round(share * n) for i in range(n)])
    ]  # fmt: skip
    return effects(score(answered, CONTAINS), CONTAINS, questions)


def test_the_effects_of_the_square_by_hand() -> None:
    rows = square(0.2, 0.6, 0.5, 0.8)
    assert effect(rows, "retrieval").value == pytest.approx((0.4 + 0.3) / 2)
    assert effect(rows, "fine-tuning").value == pytest.approx((0.3 + 0.2) / 2)
    found = effect(rows, "interaction")
    assert found.value == pytest.approx(0.8 - 0.6 - 0.5 + 0.2)
    assert found.low is not None
    assert found.high is not None
    assert found.low < -0.1 < found.high
    assert "scale" in found.note


def test_an_interaction_near_the_edge_is_marked() -> None:
    assert (
        "near 0 or 1: base 0.00, hybrid-naive 0.95"
        in effect(square(0.0, 0.6, 0.5, 0.95), "interaction").note
    )
    assert "near" not in effect(square(0.2, 0.6, 0.5, 0.8), "interaction").note


def test_best_of_both_needs_both_lower_limits_above_zero() -> None:
    won = effect(square(0.1, 0.5, 0.6, 0.9), "best of both: hybrid-naive")
    assert won.note.startswith("yes; hybrid-naive − rag: +0.400 [")
    assert won.value == pytest.approx(0.3)
    assert won.low is not None
    assert won.low > 0
    one_sided = effect(square(0.1, 0.5, 0.9, 0.9), "best of both: hybrid-naive")
    assert one_sided.note.startswith("no; ")
    assert one_sided.value == 0.0


def test_best_of_both_in_a_cost_means_less() -> None:
    questions = asked(40)
    metrics: Mapping[str, Metric] = {"tokens_in": tokens_in()}
    answered = []
    for arm, tokens in (("rag", 300), ("fine-tuned", 200), ("hybrid", 100)):
        for q in questions:
            said = Prediction(arm, 0, q.split, q.id, RIGHT, tokens_in=tokens)
            answered.append(Case(q, said, "none"))
    rows = effects(score(answered, metrics), metrics, questions)
    found = effect(rows, "best of both: hybrid", "tokens_in")
    assert (found.value, found.low, found.high) == (-100.0, -100.0, -100.0)
    assert found.note.startswith("yes; ")


def test_arms_that_are_not_there_have_no_effects() -> None:
    questions = asked(5)
    assert effects(score(cases(questions, "rag", [True] * 5), CONTAINS), CONTAINS, questions) == []


def test_a_metric_that_not_all_arms_have_says_so() -> None:
    questions = asked(5)
    metrics: Mapping[str, Metric] = {"ndcg@10": ndcg(10)}
    answered = [
        c for arm in ("base", "fine-tuned") for c in cases(questions, arm, [True] * 5)
    ] + [
        c for arm in ("rag", "hybrid-naive")
        for c in cases(questions, arm, [True] * 5, "retrieved")
    ]  # fmt: skip
    found = effect(effects(score(answered, metrics), metrics, questions), "retrieval", "ndcg@10")
    assert (found.value, found.n) == (None, 0)
    assert found.note == "no question on which all arms are measured"


def test_scoring_and_summing_up_a_benchmark_takes_seconds() -> None:
    metrics: Mapping[str, Metric] = {
        "rouge1": rouge1(), "rouge2": rouge2(), "rougeL": RougeL(), "rougeLsum": RougeLsum(),
        "bleu": Bleu(), "chrf": Chrf(), "meteor": Meteor(), "exact_match": ExactMatch(),
        "token_f1": TokenF1(), "contains": Contains(), "ndcg@10": ndcg(10),
        "faithfulness_retrieved": retrieved(FakeJudge()),
        "faithfulness_gold": gold(FakeJudge()),
        "abstention_precision": AbstentionPrecision(), "abstention_recall": AbstentionRecall(),
        "tokens_in": tokens_in(),
    }  # fmt: skip
    questions = asked(200, "test-seen", 3) + asked(200, "test-new", 3)
    questions += asked(100, "test-unanswerable")
    rng = random.Random(0)
    answered = [
        c for arm in ("base", "rag", "fine-tuned", "fine-tuned-docs", "hybrid-naive", "hybrid")
        for c in cases(questions, arm, [rng.random() < 0.5 for _ in questions], "retrieved")
    ]  # fmt: skip
    start = process_time()
    scores = score(answered, metrics)
    rows = summarise(scores, metrics, questions), pairs(scores, metrics, questions)
    effects(scores, metrics, questions)
    assert len(scores) == 500 * 6 * len(metrics)
    assert (len(rows[0]), len(rows[1])) == (4 * 6 * len(metrics), 4 * 15 * len(metrics))

    assert process_time() - start < 30
