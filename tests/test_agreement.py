import csv
import gzip
import json
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, cohen_kappa_score, roc_auc_score
from typer.testing import CliRunner

from harness.agreement.agreement import Agreement, Estimate, agreement, judge_pairs
from harness.agreement.measures import auroc, balanced_accuracy, kappa, resamples
from harness.cli import app
from harness.data.pairs import LabelledPair, read_pairs, select
from harness.errors import DataError, UnknownName
from harness.judges.remembered import Remembered
from harness.progress import Silent
from harness.types import Claim, Judgement, JudgementStatus
from tests.fake_judge import FakeJudge, install

DATA = Path(os.environ.get("HARNESS_REALDATA", Path(__file__).parents[1] / "../shared/data"))
REAL = DATA / "faithfulness" / "faithfulness.jsonl.gz"
ROW = {"premise": "It weighs 5 kg.", "hypothesis": "It weighs 5 kg", "label": 1}


def write(path: Path, *rows: Mapping[str, object]) -> Path:
    text = "".join(json.dumps(row) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def pair(i: int, label: bool, premise: str = "") -> LabelledPair:
    return LabelledPair(premise or f"premise {i}", f"hypothesis {i}", label, "d")


def judged(score: float, status: JudgementStatus = "ok") -> Judgement:
    return Judgement(status, (Claim("c", score >= 0.5, score),) if status == "ok" else ())


def sample(n: int, seed: int = 0) -> tuple[list[LabelledPair], list[Judgement]]:
    rng = np.random.default_rng(seed)
    labels = rng.random(n) < 0.4
    scores = np.clip(np.round(rng.normal(0.45 + 0.2 * labels, 0.2), 1), 0, 1)
    pairs = [pair(i, bool(label), f"premise {i // 3}") for i, label in enumerate(labels)]
    return pairs, [judged(float(score)) for score in scores]


def test_measures_agree_with_scikit_learn_under_any_weights_and_ties() -> None:
    rng = np.random.default_rng(0)
    for n in (5, 40, 300):
        labels, scores = rng.random(n) < 0.4, np.round(rng.random(n), 1)
        labels[:2] = True, False
        verdicts, weights = scores > 0.5, rng.integers(0, 4, (20, n)).astype(float)
        weights[:, :2] += 1
        ours = (
            auroc(labels, scores, weights),
            balanced_accuracy(labels, verdicts, weights),
            kappa(labels, verdicts, weights),
        )
        for i, w in enumerate(weights):
            theirs = (
                roc_auc_score(labels, scores, sample_weight=w),
                balanced_accuracy_score(labels, verdicts, sample_weight=w),
                cohen_kappa_score(labels, verdicts, sample_weight=w),
            )
            assert [found[i] for found in ours] == pytest.approx(theirs, abs=1e-12)


def test_kappa_of_a_published_table() -> None:
    """Cohen (1960), as worked out in many textbooks: 20 and 15 agree, 5 and 10 do not: .40."""
    labels = np.repeat([True, True, False, False], [20, 5, 10, 15])
    verdicts = np.repeat([True, False, True, False], [20, 5, 10, 15])
    assert kappa(labels, verdicts, np.ones((1, 50)))[0] == pytest.approx(0.4)


def test_a_resample_draws_whole_clusters_as_many_as_there_are() -> None:
    clusters = np.array([0, 0, 1, 2, 2, 2])
    weights = np.concatenate(list(resamples(clusters, seed=1, count=50)))
    assert weights.shape == (50, 6)
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, [0, 2, 3]].sum(axis=1) == 3).all()
    assert weights.mean() == pytest.approx(1.0, abs=0.2)


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """One AUROC is known exactly: normal scores one standard deviation apart have Phi(1/sqrt 2)."""
    rng, held = np.random.default_rng(0), 0
    for _ in range(150):
        labels = rng.random(120) < 0.5
        scores = rng.normal(labels.astype(float), 1.0)
        drawn = [auroc(labels, scores, w) for w in resamples(np.arange(120), count=300)]
        low, high = np.percentile(np.concatenate(drawn), [2.5, 97.5])
        held += low <= 0.7602 <= high
    assert 134 <= held <= 149  # 95 % of 150 is 142.5, give or take 3.2 standard errors


def test_intervals_are_wider_where_pairs_share_premises() -> None:
    pairs, judgements = sample(300)
    alone = [pair(i, p.label) for i, p in enumerate(pairs)]
    same = [LabelledPair(f"{i // 60}", p.hypothesis, p.label, "d") for i, p in enumerate(pairs)]
    wide, narrow = (agreement("d", rows, judgements) for rows in (same, alone))
    assert wide.auroc.value == narrow.auroc.value
    assert (wide.premises, narrow.premises) == (5, 300)
    assert "5 premises only" in wide.note


def test_trouble_stays_in_and_counts_as_judged_wrong() -> None:
    pairs, judgements = sample(60)
    whole = agreement("d", pairs, judgements)
    for i, status in ((0, "timeout"), (1, "judge error"), (2, "truncated")):
        judgements[i] = judged(0, status)  # type: ignore[arg-type]
    broken = agreement("d", pairs, judgements)
    assert broken.troubles == {"judge error": 1, "timeout": 1, "truncated": 1}
    assert broken.n == whole.n == 60
    for before, after in (
        (whole.auroc, broken.auroc),
        (whole.kappa, broken.kappa),
        (whole.balanced_accuracy, broken.balanced_accuracy),
    ):
        assert (after.value or 0) <= (before.value or 0)


def test_a_judge_that_never_answers_has_no_agreement_at_all() -> None:
    pairs, _ = sample(60)
    found = agreement("d", pairs, [judged(0, "timeout") for _ in pairs])
    assert (found.auroc.value, found.balanced_accuracy.value) == (0.0, 0.0)
    assert (found.kappa.value or 0) < 0


def test_a_pair_is_supported_where_every_claim_is_or_from_a_threshold_on() -> None:
    claims = (Claim("a", True, 0.9), Claim("b", False, 0.3))
    rows = [Judgement("ok", claims), Judgement("ok", claims[:1]), Judgement("no claims")]
    labels = [pair(0, False), pair(1, True), pair(2, False)]
    assert agreement("d", labels, rows).kappa.value == 1.0
    assert agreement("d", labels, rows, threshold=0.6).kappa.value == pytest.approx(0.4)
    assert agreement("d", labels, rows, threshold=0.95).balanced_accuracy.value == 0.5


def test_labels_of_one_kind_leave_the_measures_undefined() -> None:
    found = agreement("d", [pair(0, True), pair(1, True)], [judged(0.9), judged(0.2)])
    assert found.auroc.value is None
    assert found.balanced_accuracy.value is None
    assert found.kappa == Estimate(None, None, None)
    assert "undefined: every label is the same" in found.note


def test_judgements_come_back_in_the_order_of_the_pairs() -> None:
    pairs = [LabelledPair("It is red.", text, True, "d") for text in ("It is red", "It is big")]
    found = judge_pairs(FakeJudge(), pairs, Silent())
    assert [claim.supported for row in found for claim in row.claims] == [True, False]


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_rows_are_read_from_json_lines_gzipped_or_not(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, {**ROW, "dataset": "wice", "split": "dev"}, {**ROW, "label": 0})
    first, second = read_pairs(path)
    assert (first.label, first.dataset, first.split) == (True, "wice", "dev")
    assert (second.label, second.dataset, second.split) == (False, "a", "")


def test_rows_are_read_from_csv(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([["premise", "hypothesis", "label"], ["a, b", "a", "1"], ["c", "d", "0"]])
    assert [(p.premise, p.label, p.dataset) for p in read_pairs(path)] == [
        ("a, b", True, "mine"),
        ("c", False, "mine"),
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            {"text": "a", "claim": "b"},
            r"a.jsonl:2: no 'premise'; the columns here are: text, claim",
        ),
        ({**ROW, "label": 2}, r"a.jsonl:2: label 2 is neither 0 nor 1; write 1 where"),
        ({**ROW, "label": "yes"}, r"a.jsonl:2: label 'yes' is neither 0 nor 1"),
        ({**ROW, "hypothesis": 5}, r"a.jsonl:2: 'hypothesis' is no text"),
    ],
)
def test_a_wrong_row_is_named_with_file_and_line(
    tmp_path: Path, row: Mapping[str, object], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read_pairs(write(tmp_path / "a.jsonl", ROW, row))


def test_a_file_that_holds_nothing_to_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a.jsonl: no rows"):
        read_pairs(write(tmp_path / "a.jsonl"))
    with pytest.raises(DataError, match=r"b.jsonl: no such file"):
        read_pairs(tmp_path / "b.jsonl")
    with pytest.raises(DataError, match=r"c.xlsx: labelled pairs stand in a .jsonl or a .csv"):
        read_pairs(tmp_path / "c.xlsx")


def test_a_selection_keeps_the_order_and_draws_the_same_rows_each_time() -> None:
    rows = [LabelledPair("p", str(i), True, "ab"[i % 2], "test") for i in range(40)]
    few = select(rows, Path("f"), limit=5)
    assert few == select(rows, Path("f"), limit=5)
    assert [row.dataset for row in few].count("a") == 5
    assert list(few) == sorted(few, key=rows.index)
    assert len(select(rows, Path("f"), datasets=["b"])) == 20
    with pytest.raises(UnknownName, match="f: no data set is called 'c'"):
        select(rows, Path("f"), datasets=["c"])
    with pytest.raises(DataError, match="f: no row is of split 'dev'; there are: test"):
        select(rows, Path("f"), split="dev")
    without = [LabelledPair("p", "h", True, "a")]
    with pytest.raises(DataError, match="'test'; its rows have no split: add a column 'split'"):
        select(without, Path("f"), split="test")


@pytest.fixture
def labelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    install(monkeypatch)
    monkeypatch.chdir(tmp_path)
    rows = [
        {"premise": f"It weighs {i} kg.", "hypothesis": f"It weighs {i + (i % 3 == 0)} kg",
         "label": int(i % 3 != 0), "dataset": "mine", "split": "test"}
        for i in range(60)
    ]  # fmt: skip
    return write(tmp_path / "labels.jsonl", *rows)


def evaluated(file: Path, *options: str) -> list[Agreement]:
    done = CliRunner().invoke(app, ["judge", "evaluate", str(file), "--json", *options])
    assert done.exit_code == 0, done.output
    return list(json.loads(done.stdout)["agreements"])


def test_the_command_prints_json_or_a_table(labelled: Path) -> None:
    [row] = evaluated(labelled, "--judge", "fake", "--split", "test")
    assert row["n"] == 60  # type: ignore[index]
    assert row["kappa"]["value"] == row["auroc"]["value"] == 1.0  # type: ignore[index]
    done = CliRunner().invoke(app, ["judge", "evaluate", str(labelled), "--judge", "fake"])
    assert "mine           60        67%  1.000 [1.000, 1.000]" in done.stdout
    assert "judge: judge:fake" in done.stdout


def test_the_table_has_no_number_where_every_label_is_the_same(tmp_path: Path) -> None:
    file = write(tmp_path / "same.jsonl", ROW, {**ROW, "premise": "It is red."})
    command = ["judge", "evaluate", str(file), "--judge", "lexical", "--out", str(tmp_path)]
    done = CliRunner().invoke(app, command)
    [row] = [line.split() for line in done.stdout.splitlines() if line.startswith("same  ")]
    assert row == ["same", "2", "100%", "-", "-", "-", "0"]
    assert "same: undefined: every label is the same" in done.stdout


@pytest.mark.parametrize("threshold", ["2", "-0.1"])
def test_a_threshold_that_no_score_can_reach_is_refused(labelled: Path, threshold: str) -> None:
    command = ["judge", "evaluate", str(labelled), "--judge", "fake", "--threshold", threshold]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 2
    assert FakeJudge.asked == []


def test_a_judged_pair_is_not_judged_again(labelled: Path) -> None:
    evaluated(labelled, "--judge", "fake", "--limit", "20")
    assert len(FakeJudge.asked) == 20
    evaluated(labelled, "--judge", "fake")
    assert len(FakeJudge.asked) == 60


def test_the_judge_of_a_benchmark_file_comes_with_its_options(labelled: Path) -> None:
    file = labelled.with_name("mine.yaml")
    file.write_text(
        "dataset: tiny\nmodel: {path: pocket}\narms: {base: {}}\n"
        "judge: {type: fake, strictness: 1}\n"
    )
    [row] = evaluated(labelled, "--benchmark", str(file))
    assert row["balanced_accuracy"]["value"] == 0.5  # type: ignore[index]


def test_the_command_names_an_unknown_judge(labelled: Path) -> None:
    done = CliRunner().invoke(app, ["judge", "evaluate", str(labelled), "--judge", "lexikal"])
    assert done.exit_code == 2
    assert "no judge is called 'lexikal'; did you mean 'lexical'?" in done.stderr


@pytest.mark.realdata
def test_word_overlap_agrees_with_people_on_wice_as_far_as_is_known(tmp_path: Path) -> None:
    if not REAL.exists():
        pytest.skip(f"no {REAL}")
    options = ["--judge", "lexical", "--split", "test", "--dataset", "wice", "--limit", "300"]
    [row] = evaluated(REAL, *options, "--out", str(tmp_path))
    assert row["n"] == 300  # type: ignore[index]
    assert row["auroc"]["value"] > 0.65  # type: ignore[index]


def test_memory_keeps_no_trouble_beyond_the_run(tmp_path: Path) -> None:
    pairs = [LabelledPair("p", said, True, "d") for said in ("It is red", "broken", "slow")]
    FakeJudge.asked.clear()
    for judge in (Remembered(FakeJudge), Remembered(FakeJudge)):
        judge.remember(tmp_path)
        for _ in range(2):
            judge_pairs(judge, pairs, Silent())
    assert [s.answer for s in FakeJudge.asked].count("It is red") == 1
    assert [s.answer for s in FakeJudge.asked].count("broken") == 2


def test_a_judge_that_may_cost_more_than_the_limit_is_not_asked(labelled: Path) -> None:
    file = labelled.with_name("paid.yaml")
    file.write_text(
        "dataset: tiny\nmodel: {path: pocket}\narms: {base: {}}\n"
        "judge: {type: fake, max_usd: 0.000001,"
        " model: {type: openai, path: gpt-4o, api_key_env: HOME}}\n"
    )
    command = ["judge", "evaluate", str(labelled), "--benchmark", str(file)]
    refused = CliRunner().invoke(app, command)
    assert refused.exit_code == 2
    assert "more than max_usd (1e-06); nothing was asked" in refused.stderr
    assert FakeJudge.asked == []
    [row] = evaluated(labelled, "--benchmark", str(file), "--max-usd", "3")
    assert row["n"] == 60  # type: ignore[index]
