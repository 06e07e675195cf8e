"""The measures, and TREC's files, beside trec_eval itself."""

import random
from pathlib import Path

import pytest
import pytrec_eval

from harness.errors import DataError
from harness.retrieving.measures import MEASURES, measures
from harness.retrieving.system import Ranked
from harness.retrieving.trec import in_trec_order, read_qrels, read_run, write_qrels, write_run
from harness.types import Case, Prediction, Question

DEPTHS = (1, 3, 10, 100)
CUT = {"ndcg": "ndcg_cut", "hit": "success", "recall": "recall", "precision": "P", "map": "map_cut"}
"""What trec_eval calls them; its reciprocal rank has no depth."""


def random_runs(n: int) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, int]]]:
    """Runs of few different scores, so that ties are many, some only in single precision."""
    rng = random.Random(5)
    documents = [f"{rng.choice('aZ0-')}{i}" for i in range(60)]
    runs, qrels = {}, {}
    for q in range(n):
        found = rng.sample(documents, rng.randint(1, 50))
        runs[str(q)] = {d: rng.randint(0, 8) / 7 + rng.choice((0, 0, 1e-12)) for d in found}
        qrels[str(q)] = dict.fromkeys(rng.sample(documents, rng.randint(1, 9)), 1)
    return runs, qrels


METRICS = measures(DEPTHS)


def value(name: str, ranked: Ranked, gold: dict[str, int]) -> float:
    asked = Question("q", "", ("x",), gold=tuple(gold))
    order = tuple(document for document, _ in ranked)
    [row] = METRICS[name].measure(
        [Case(asked, Prediction("a", 0, "", "q", ""), "retrieved", order)]
    )
    assert row is not None
    return row[0]


def test_every_measure_equals_trec_eval_on_a_thousand_runs_with_ties() -> None:
    runs, qrels = random_runs(1_000)
    assert sum(len(set(run.values())) < len(run) for run in runs.values()) > 900
    names = {f"{CUT[kind]}.{k}" for kind in CUT for k in DEPTHS} | {"recip_rank"}
    theirs = pytrec_eval.RelevanceEvaluator(qrels, names).evaluate(runs)
    ranked = {question: in_trec_order(run) for question, run in runs.items()}
    for question, found in ranked.items():
        gold = qrels[question]
        for kind, name in CUT.items():
            for k in DEPTHS:
                expected = theirs[question][f"{name}_{k}"]
                got = value(f"{kind}@{k}", found, gold)
                assert got == pytest.approx(expected, abs=1e-9), (kind, k, question)
        got = value("mrr@100", found, gold)
        assert got == pytest.approx(theirs[question]["recip_rank"], abs=1e-9)


def test_the_reciprocal_rank_at_a_depth_is_that_of_the_run_cut_there() -> None:
    runs, qrels = random_runs(200)
    for k in DEPTHS:
        cut = {question: dict(in_trec_order(run)[:k]) for question, run in runs.items()}
        theirs = pytrec_eval.RelevanceEvaluator(qrels, {"recip_rank"}).evaluate(cut)
        for question, run in runs.items():
            got = value(f"mrr@{k}", in_trec_order(run), qrels[question])
            assert got == pytest.approx(theirs[question]["recip_rank"], abs=1e-9)


def test_all_measures_are_compared() -> None:
    assert {*CUT, "mrr"} == set(MEASURES)


def test_a_written_run_means_the_same_to_trec_eval(tmp_path: Path) -> None:
    ranked = {"q1": (("a", 2.0), ("b", 2.0), ("c", 2.0), ("d", 0.1)), "q2": (("d", 0.0),)}
    questions = (Question("q1", "", (), gold=("c", "x")), Question("q2", "", (), gold=("d",)))
    write_run(tmp_path / "our.run", "our own", ranked)
    write_qrels(tmp_path / "qrels.txt", questions)
    with (tmp_path / "our.run").open() as run_file, (tmp_path / "qrels.txt").open() as qrels_file:
        run, qrels = pytrec_eval.parse_run(run_file), pytrec_eval.parse_qrel(qrels_file)
    theirs = pytrec_eval.RelevanceEvaluator(qrels, {"recip_rank", "ndcg_cut.10"}).evaluate(run)
    assert theirs["q1"]["recip_rank"] == pytest.approx(1 / 3)
    assert theirs["q2"]["ndcg_cut_10"] == 1.0
    back = read_run(tmp_path / "our.run")
    order = {q: [document for document, _ in found] for q, found in ranked.items()}
    assert {q: [document for document, _ in found] for q, found in back.items()} == order
    assert [(q.id, q.gold) for q in read_qrels(tmp_path / "qrels.txt")] == [
        ("q1", ("c", "x")),
        ("q2", ("d",)),
    ]


def test_equal_scores_are_read_by_falling_id_whatever_the_ranks_say(tmp_path: Path) -> None:
    path = tmp_path / "their.run"
    path.write_text("q Q0 a 1 0.5 x\nq Q0 b 2 0.5 x\n", encoding="utf-8")
    assert [document for document, _ in read_run(path)["q"]] == ["b", "a"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("q Q0 d 1 0.5", ":1: 5 columns; a run has: QUESTION Q0 DOCUMENT RANK SCORE NAME"),
        ("q Q0 d 1 0.5 x\nq Q0 d 2 0.4 x", ":2: document 'd' stands twice under question 'q'"),
        ("q Q0 d 1 high x", ":1: the score 'high' is no number"),
        ("q Q0 d 1 nan x", ":1: the score 'nan' has no place in a ranking"),
    ],
)
def test_a_broken_run_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "broken.run"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match="broken") as caught:
        read_run(path)
    assert said in str(caught.value)


def test_qrels_without_gold_or_with_other_grades_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "qrels.txt"
    path.write_text("q 0 d 0\n", encoding="utf-8")
    with pytest.raises(DataError, match="nothing can be scored"):
        read_qrels(path)
    path.write_text("q 0 d good\n", encoding="utf-8")
    with pytest.raises(DataError, match="1: the grade 'good'"):
        read_qrels(path)


def test_an_id_with_a_space_is_refused_and_not_written_wrongly(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="'two words'"):
        write_run(tmp_path / "x.run", "x", {"q": (("two words", 1.0),)})
    assert not (tmp_path / "x.run").exists()
