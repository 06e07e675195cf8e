"""The offline judge tells what passages say from what they do not say; so does the lexical one."""

import gzip
import json
import os
from collections.abc import Sequence
from pathlib import Path
from random import Random

import numpy as np
import pytest
from safetensors.torch import load_file
from scipy.stats import rankdata

from harness.entailment.facts import fact_pairs
from harness.entailment.pair import Pair
from harness.entailment.pairs import labelled_pairs, made_pairs
from harness.entailment.scenes import scene_pairs
from harness.errors import DataError
from harness.judges.claims import claims
from harness.judges.head import FILE
from harness.judges.lexical import Lexical
from harness.judges.offline import WEIGHTS, Offline
from harness.judges.support import support
from harness.progress import Silent
from harness.protocols import Judge
from harness.types import Claim, Judgement, Statement

NORVIK = (
    "The Norvik 3 weighs 12 kg. It was designed by Ada Roe in 1998 and is built in Lund.",
    "The Norvik 5 weighs 31 kg. The Norvik 5 does not float.",
)
TEST_SEED = 987_001
"""No training run uses it."""

REAL = Path(os.environ.get("HARNESS_REALDATA", Path(__file__).parents[2] / "shared" / "data"))
SAMPLE = 400

BARS = {
    "wice": 0.77,
    "qags_cnndm": 0.68,
    "qags_xsum": 0.72,
    "healthver": 0.64,
    "climate_fever": 0.64,
    "sick": 0.82,
    "begin_wow": 0.94,
}


def judged(judge: Judge, statements: Sequence[Statement]) -> list[Judgement]:
    found = dict(judge.judge_many(statements))
    assert sorted(found) == list(range(len(statements)))
    return [found[i] for i in range(len(statements))]


def verdict(answer: str, passages: Sequence[str] = NORVIK, judge: Judge | None = None) -> Judgement:
    return judged(judge or Offline(), [Statement("", answer, tuple(passages))])[0]


@pytest.fixture(scope="module")
def worlds() -> list[tuple[Pair, bool]]:
    """Facts of worlds that no training has seen, each with the judge's verdict."""
    pairs = list(fact_pairs(TEST_SEED, 600))
    found = judged(Offline(), [Statement("", p.hypothesis, (p.premise,)) for p in pairs])
    return [(p, all(c.supported for c in j.claims)) for p, j in zip(pairs, found, strict=True)]


def test_most_right_claims_about_an_unseen_world_are_supported(
    worlds: list[tuple[Pair, bool]],
) -> None:
    right = [said for pair, said in worlds if pair.label]
    assert np.mean(right) >= 0.8


@pytest.mark.parametrize(
    ("change", "least"), [("value", 0.85), ("subject", 0.85), ("negation", 0.95), ("absent", 0.9)]
)
def test_most_claims_with_one_change_are_not_supported(
    worlds: list[tuple[Pair, bool]], change: str, least: float
) -> None:
    wrong = [not said for pair, said in worlds if pair.source == f"fact {change}"]
    assert len(wrong) >= 25
    assert np.mean(wrong) >= least


@pytest.mark.parametrize(
    "wrong",
    [
        "The Norvik 3 weighs 14 kg.",
        "The Norvik 3 weighs 31 kg.",
        "The Norvik 3 was designed by Bob Kant.",
        "The Norvik 3 was designed by Ada Roe in 1989.",
        "The Norvik 3 does not weigh 12 kg.",
        "Penguins cannot fly over the sea.",
    ],
)
def test_a_right_claim_scores_above_a_wrong_one(wrong: str) -> None:
    right = verdict("The Norvik 3 weighs 12 kg.")
    assert right.claims[0].supported
    assert not verdict(wrong).claims[0].supported
    assert support(verdict(wrong)) < support(right)


def test_of_two_claims_the_wrong_one_is_found() -> None:
    both = verdict("The Norvik 3 weighs 12 kg. It was designed by Bob Kant in 2011.")
    assert both.status == "ok"
    assert [claim.supported for claim in both.claims] == [True, False]


@pytest.mark.parametrize("judge", [Offline(), Lexical()])
def test_the_span_is_the_sentence_that_comes_closest(judge: Judge) -> None:
    claim = verdict("The Norvik 5 weighs 31 kg.", judge=judge).claims[0]
    assert claim.passage == 1
    assert NORVIK[1][claim.start : claim.end] == "The Norvik 5 weighs 31 kg."


@pytest.mark.parametrize("judge", [Offline(), Lexical()])
@pytest.mark.parametrize("passages", [(), ("",), (" \n",)])
def test_without_passages_no_claim_is_supported(judge: Judge, passages: tuple[str, ...]) -> None:
    found = verdict("The Norvik 3 weighs 12 kg.", passages, judge)
    assert found == Judgement("ok", (Claim("The Norvik 3 weighs 12 kg.", False, 0.0),))
    assert support(found) == 0


@pytest.mark.parametrize("judge", [Offline(), Lexical()])
@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("", "no claims"),
        (" \n", "no claims"),
        ("…!", "no claims"),
        ("The passages do not say.", "refusal"),
        ("I do not know.", "refusal"),
    ],
)
def test_an_answer_that_claims_nothing_says_so(judge: Judge, answer: str, status: str) -> None:
    found = verdict(answer, judge=judge)
    assert (found.status, found.claims, support(found)) == (status, (), 0)


@pytest.mark.parametrize(
    "answer",
    [
        "重量は12キログラムです。",
        "Der Norvik 3 wiegt 12 kg — größer als 🦊.",
        "a\x00b \u202e x" * 400,
    ],
)
def test_any_text_gets_a_score(answer: str) -> None:
    found = verdict(answer, (*NORVIK, "重量は12キログラムです。🦊\ud800"))
    assert found.claims
    assert all(0 <= claim.score <= 1 for claim in found.claims)


def test_roles_that_are_swapped_score_lower_most_of_the_time() -> None:
    pairs = [p for p in scene_pairs(Random(TEST_SEED), 4000) if p.source == "scene roles"]
    said = [p.premise.split(". ")[0] for p in pairs]
    right = judged(
        Offline(), [Statement("", s, (p.premise,)) for s, p in zip(said, pairs, strict=True)]
    )
    wrong = judged(Offline(), [Statement("", p.hypothesis, (p.premise,)) for p in pairs])
    assert len(pairs) >= 20
    assert np.mean([support(r) > support(w) for r, w in zip(right, wrong, strict=True)]) >= 0.9


def test_a_verdict_does_not_depend_on_what_else_is_judged() -> None:
    statements = [Statement("", p.hypothesis, (p.premise,)) for p in made_pairs(TEST_SEED, 60, ())]
    together = judged(Offline(), statements)
    alone = [judged(Offline(batch_size=1), [statement])[0] for statement in statements]
    for one, among in zip(alone, together, strict=True):
        assert [c.supported for c in one.claims] == [c.supported for c in among.claims]
        assert [c.score for c in one.claims] == pytest.approx(
            [c.score for c in among.claims], abs=1e-4
        )


def test_judging_twice_gives_the_same() -> None:
    statements = [Statement("", p.hypothesis, (p.premise,)) for p in fact_pairs(TEST_SEED, 40)]
    assert judged(Offline(), statements) == judged(Offline(), statements[::-1])[::-1]


def test_the_threshold_moves_verdicts_and_not_scores() -> None:
    answer = "The Norvik 3 weighs 12 kg."
    [low], [high] = (
        verdict(answer, judge=Offline(0.0)).claims,
        verdict(answer, judge=Offline(1.0)).claims,
    )
    assert (low.supported, high.supported) == (True, False)
    assert low.score == high.score
    assert Offline(0.0).signature != Offline(1.0).signature


def test_support_is_the_mean_score_of_the_claims() -> None:
    three = tuple(Claim("", score > 0.5, score) for score in (0.25, 0.75, 0.5))
    assert support(Judgement("ok", three)) == 0.5


def test_a_lead_is_no_part_of_a_claim_and_small_talk_is_none() -> None:
    answer = "According to the text: it weighs 12 kg. Yes. So be it."
    [claim] = claims(answer)
    assert claim.text == answer[claim.start : claim.end] == "it weighs 12 kg."


@pytest.mark.parametrize(
    ("answer", "passages", "share"),
    [
        ("The Norvik 3 weighs 12 kg.", NORVIK, 1.0),
        ("The Norvik 3 weighs 14 kg.", NORVIK, 0.0),
        ("It weighs 31 kg. It was designed by Bob Kant.", NORVIK, 0.5),
        ("The Norvik was designed by Roe, in Lund, in 1998.", NORVIK, 1.0),
        ("Norvik.", NORVIK, 1.0),
    ],
)
def test_the_lexical_judge_asks_for_words_numbers_and_names(
    answer: str, passages: tuple[str, ...], share: float
) -> None:
    found = verdict(answer, passages, Lexical()).claims
    assert np.mean([claim.supported for claim in found]) == share
    assert all(claim.supported == (claim.score >= 0.7) for claim in found)


def test_made_pairs_are_the_same_for_a_seed_and_half_are_supported() -> None:
    pairs = made_pairs(5, 400, NORVIK)
    assert pairs == made_pairs(5, 400, NORVIK) != made_pairs(6, 400, NORVIK)
    assert 0.4 < np.mean([pair.label for pair in pairs]) < 0.6


def test_only_dev_rows_of_the_allowed_sets_are_learned_from(tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl.gz"
    rows = [
        {"premise": f"{d} {s}", "hypothesis": "h", "label": 1, "dataset": d, "split": s}
        for d in ("wice", "begin_tc", "sick", "healthver", "qags_xsum")
        for s in ("dev", "test", "train")
    ]
    with gzip.open(file, "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(row) + "\n" for row in rows)
    assert [pair.premise for pair in labelled_pairs(file)] == ["wice dev", "begin_tc dev"]


def test_a_labelled_file_without_usable_rows_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    file.write_text('{"premise": "p", "hypothesis": "h", "label": 1, "dataset": "sick"}\n')
    with pytest.raises(DataError, match="no row of split 'dev'"):
        labelled_pairs(file)
    file.write_text('{"premise": "p", "label": 1, "dataset": "wice", "split": "dev"}\n')
    with pytest.raises(DataError, match=r"pairs\.jsonl:1"):
        labelled_pairs(file)


def test_training_needs_no_labelled_file_and_gives_the_same_weights_for_a_seed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from harness.entailment import train as training

    monkeypatch.setattr(training, "MADE", 64)
    monkeypatch.setattr(training, "FACTS", 40)
    for name in ("one", "two"):
        training.train(tmp_path / name, None, 3, Silent())
    one, two = (load_file(tmp_path / name / FILE) for name in ("one", "two"))
    assert one.keys() == load_file(WEIGHTS / FILE).keys()
    for name in one:  # equal but for the order in which a busy machine adds
        np.testing.assert_allclose(one[name].float(), two[name].float(), rtol=0, atol=2e-3)


def test_the_weights_are_small() -> None:
    assert (WEIGHTS / FILE).stat().st_size <= 5_000_000


def _auroc(labels: Sequence[int], scores: Sequence[float]) -> float:
    ranks = rankdata(scores)
    positive = np.array(labels) == 1
    ups, downs = positive.sum(), (~positive).sum()
    return float((ranks[positive].sum() - ups * (ups + 1) / 2) / (ups * downs))


@pytest.mark.realdata
@pytest.mark.slow
@pytest.mark.parametrize(
    "dataset",
    [
        pytest.param(
            name, marks=pytest.mark.xfail(strict=True, reason=".69, see weights/README.md")
        )
        if name == "qags_xsum"
        else name
        for name in BARS
    ],
)
def test_scores_agree_with_people_on_the_test_parts(dataset: str) -> None:
    """The bar is for all rows; a sample of them has a standard error of .02 to .03."""
    file = REAL / "faithfulness" / "faithfulness.jsonl.gz"
    if not file.exists():
        pytest.skip(f"{file} is not here")
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    rows = [r for r in rows if (r["dataset"], r["split"]) == (dataset, "test")]
    slack = 0.03 if len(rows) > SAMPLE else 0.0
    rows = Random(0).sample(rows, min(SAMPLE, len(rows)))
    found = judged(Offline(), [Statement("", r["hypothesis"], (r["premise"],)) for r in rows])
    assert _auroc([r["label"] for r in rows], [support(j) for j in found]) >= BARS[dataset] - slack
