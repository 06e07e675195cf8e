import random

import ir_measures
import numpy as np
import pytest

from harness.errors import ConfigError
from harness.metrics.ranking import hit, mrr, ndcg, recall
from harness.protocols import Metric
from harness.types import Case, ContextType, Prediction, Question

MAKERS = {"hit": hit, "recall": recall, "mrr": mrr, "ndcg": ndcg}


def case(ranking: tuple[str, ...], gold: tuple[str, ...], context: ContextType) -> Case:
    return Case(
        Question("q", "?", ("x",), gold=gold), Prediction("a", 0, "", "q", ""), context, ranking
    )


def value(metric: Metric, ranking: str, gold: str) -> float:
    [row] = metric.measure([case(tuple(ranking), tuple(gold), "retrieved")])
    assert row is not None
    return float(metric.reduce(np.array(row)))


def test_each_by_hand() -> None:
    assert value(hit(2), "xyab", "ab") == 0.0
    assert value(hit(3), "xyab", "ab") == 1.0
    assert value(recall(3), "xyab", "ab") == 0.5
    assert value(mrr(10), "xyab", "ab") == pytest.approx(1 / 3)
    assert value(mrr(2), "xyab", "ab") == 0.0
    best = 1 + 1 / np.log2(3)
    assert value(ndcg(10), "xyab", "ab") == pytest.approx((1 / 2 + 1 / np.log2(5)) / best)
    assert value(ndcg(1), "axyb", "ab") == 1.0


def test_all_equal_ir_measures() -> None:
    rng = random.Random(0)
    documents = [f"d{i}" for i in range(30)]
    rankings = {str(q): rng.sample(documents, rng.randint(1, 25)) for q in range(120)}
    gold = {q: rng.sample(documents, rng.randint(1, 6)) for q in rankings}
    run = {q: {d: float(-n) for n, d in enumerate(ds)} for q, ds in rankings.items()}
    judged = {q: dict.fromkeys(ds, 1) for q, ds in gold.items()}
    theirs = {"hit": "Success", "recall": "R", "mrr": "RR", "ndcg": "nDCG"}
    for k in (1, 3, 10):
        for kind, make in MAKERS.items():
            metric = make(k)
            cases = [case(tuple(rankings[q]), tuple(gold[q]), "retrieved") for q in rankings]
            got = [row[0] for row in metric.measure(cases) if row]
            measure = ir_measures.parse_measure(f"{theirs[kind]}@{k}")
            expected = {m.query_id: m.value for m in ir_measures.iter_calc([measure], judged, run)}
            assert got == pytest.approx([expected[q] for q in rankings], abs=1e-9), (kind, k)


@pytest.mark.parametrize("kind", MAKERS)
def test_gold_on_top_scores_one_and_more_depth_never_hurts(kind: str) -> None:
    rng = random.Random(2)
    for _ in range(100):
        ranking, gold = rng.sample("abcdefghij", 10), rng.sample("abcdefghij", 3)
        values = [value(MAKERS[kind](k), "".join(ranking), "".join(gold)) for k in range(3, 11)]
        assert all(0 <= v <= 1 for v in values)
        if kind != "ndcg":
            assert values == sorted(values)
        top = gold + [d for d in ranking if d not in gold]
        assert value(MAKERS[kind](3), "".join(top), "".join(gold)) == 1.0


@pytest.mark.parametrize("kind", MAKERS)
def test_nothing_retrieved_scores_zero(kind: str) -> None:
    assert value(MAKERS[kind](5), "", "ab") == 0.0


def test_a_ranking_is_judged_only_where_something_was_ranked_and_is_gold() -> None:
    with_gold, without = Question("q", "?", ("x",), gold=("d",)), Question("q", "?", ("x",))
    applies = {c for c in ("none", "retrieved", "gold", "wrong", "whole", "external")
               if hit(1).applies(with_gold, c)}  # fmt: skip
    assert applies == {"retrieved", "external"}
    assert not hit(1).applies(without, "retrieved")


def test_an_external_arm_without_a_ranking_is_unmeasured() -> None:
    assert hit(1).measure([case((), ("d",), "external"), case(("d",), ("d",), "external")]) == [
        None,
        (1.0, 1.0),
    ]


def test_a_depth_of_zero_is_refused() -> None:
    with pytest.raises(ConfigError, match="ndcg@0"):
        ndcg(0)
