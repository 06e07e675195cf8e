from pathlib import Path

import numpy as np
import pytest

from harness import registry
from harness.errors import ArtefactError, ConfigError
from harness.protocols import Retriever
from harness.retrieval.bm25 import BM25
from harness.retrieval.ranking import lot_of
from harness.retrieval.weighted import Scale, WeightedFusion
from harness.types import Chunk
from tests.retrievers import Scored, ranked


def scores(retriever: Retriever, k: int = 10) -> dict[str, float]:
    return dict(ranked(retriever, "?", k))


LEXICAL = Scored(a=12.0, b=9.0, c=6.0)
DENSE = Scored(b=0.9, d=0.7, a=0.5)


def test_scores_from_zero_to_one_are_averaged() -> None:
    found = scores(WeightedFusion([LEXICAL, DENSE], weights=[1, 3]))
    assert found == pytest.approx({"b": 0.875, "d": 0.375, "a": 0.25, "c": 0.0})
    assert list(found) == ["b", "d", "a", "c"]


def test_standard_scores_are_averaged_and_the_lowest_stands_for_what_was_not_found() -> None:
    found = scores(WeightedFusion([LEXICAL, DENSE], scale="z"))
    step = 1.5**0.5  # three evenly spaced numbers: their outer ones in standard deviations
    assert found == pytest.approx({"b": step / 2, "a": 0.0, "d": -step / 2, "c": -step})


@pytest.mark.parametrize("scale", ["min-max", "z"])
def test_random_rankings_are_fused_as_a_matrix_would_be(scale: Scale) -> None:
    rng = np.random.default_rng(5)
    for _ in range(200):
        raw = np.round(rng.normal(size=(3, 8)), 1)
        weights = rng.random(3)
        members = [Scored(**{f"d{n}": float(s) for n, s in enumerate(row)}) for row in raw]
        if scale == "z":
            scaled = (raw - raw.mean(1, keepdims=True)) / raw.std(1, keepdims=True)
        else:
            scaled = (raw - raw.min(1, keepdims=True)) / np.ptp(raw, axis=1, keepdims=True)
        mean = weights / weights.sum() @ scaled
        found = scores(WeightedFusion(members, weights.tolist(), scale=scale))
        assert found == pytest.approx({f"d{n}": s for n, s in enumerate(mean)})


def test_a_weight_of_one_leaves_a_ranking_as_it_is() -> None:
    assert list(scores(WeightedFusion([LEXICAL, DENSE], weights=[0, 1])))[:3] == ["b", "d", "c"]
    lexical = list(scores(WeightedFusion([LEXICAL, DENSE], weights=[1, 0])))
    assert lexical == ["a", "b", *sorted("cd", key=lot_of)]  # both have the lowest score


def test_one_hit_or_none_is_no_division_by_zero() -> None:
    for scale in ("min-max", "z"):
        one = WeightedFusion([Scored(a=3.0), Scored()], scale=scale)
        assert scores(one) == {"a": 0.5 if scale == "min-max" else 0.0}
        assert scores(WeightedFusion([Scored(), Scored()])) == {}


def test_the_order_of_members_cannot_break_a_tie() -> None:
    members = [Scored(a=0.3, b=0.1, c=0.0), Scored(b=0.3, a=0.1, c=0.0)]
    for order in (members, members[::-1]):
        assert list(scores(WeightedFusion(order))) == [*sorted("ab", key=lot_of), "c"]


def test_a_saved_fusion_answers_alike_and_refuses_other_weights(tmp_path: Path) -> None:
    chunks = [Chunk("a", 0, 5, "a cat"), Chunk("b", 0, 5, "a dog")]
    options = {"of": ["bm25", {"type": "bm25", "b": 0}], "weights": [1, 2], "scale": "z"}
    built = registry.create("retriever", "weighted", options)
    assert built.index(chunks, tmp_path) == 0
    again = registry.create("retriever", "weighted", options)
    again.load(chunks, tmp_path)
    assert scores(again) == scores(built)
    with pytest.raises(ArtefactError, match="made from other inputs"):
        WeightedFusion([BM25(), BM25(b=0)]).load(chunks, tmp_path)


def test_impossible_settings_are_named() -> None:
    with pytest.raises(ConfigError, match="names no retriever"):
        WeightedFusion([])
    with pytest.raises(ConfigError, match="3 weights for 2 retrievers"):
        WeightedFusion([LEXICAL, DENSE], [1, 2, 3])
    for weights in ([0, 0], [-1, 2], [float("inf"), 1], [float("nan"), 1]):
        with pytest.raises(ConfigError, match="must be >= 0 and one above it"):
            WeightedFusion([LEXICAL, DENSE], weights)
    with pytest.raises(ConfigError, match="depth=0"):
        WeightedFusion([LEXICAL, DENSE], depth=0)
    with pytest.raises(ConfigError, match="scale"):
        registry.create("retriever", "weighted", {"of": ["bm25"], "scale": "max"})
