"""Claims on made-up runs whose every number is known."""

import csv
import json
import shutil
from collections.abc import Sequence
from math import inf, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter
from typer.testing import CliRunner

from harness.claims import FinishedRun, Judged, judge, read_claims, read_run
from harness.claims.checks import Check
from harness.claims.evidence import Evidence, Missing, beside
from harness.claims.page import COLUMNS
from harness.claims.records import Case, Claims
from harness.claims.verdict import Finding, finding, verdict
from harness.cli import app
from harness.errors import ArtefactError, ConfigError
from tests.made_run import HITS, PER_SPLIT, made_run, made_set

ROOT = Path(__file__).parent.parent
CHECK: TypeAdapter[Check] = TypeAdapter(Check)

ARMS = """
arms:
  base:            {trained: false, reads: none}
  rag:             {trained: false, reads: retrieved}
  rag-9:           {trained: false, reads: retrieved, k: 9}
  fine-tuned:      {learned: [question], not_learned: [documents, passages], reads: none}
  fine-tuned-docs: {learned: [documents], reads: none}
  hybrid:          {learned: [passages], reads: retrieved}
  hybrid-naive:    {learned: [question], not_learned: [documents, passages], reads: retrieved}
claims:
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a question set and a finished run."""
    folder = tmp_path_factory.mktemp("made")
    made_run(
        folder / "run", made_set(folder / "colours"), facts={"base_unchanged": {"small": True}}
    )
    return folder


def claims_of(folder: Path, *checks: str, splits: str = "[test-new]", how: str = "all") -> Claims:
    path = folder / "some-claims.yaml"
    listed = "".join(f"      - {check}\n" for check in checks)
    path.write_text(
        f"{ARMS}  X1:\n    title: a title\n    statement: a statement\n    source: somebody\n"
        f"    condition: in words\n    benchmark: benchmarks/pocket.yaml\n"
        f"    splits: {splits}\n    {how}:\n{listed}"
    )
    return read_claims(path)


def judged(made: Path, *checks: str, splits: str = "[test-new]", how: str = "all") -> Judged:
    claims = claims_of(made, *checks, splits=splits, how=how)
    [row] = judge(claims, [read_run(made / "run")])
    return row


def shown(made: Path, check: str, splits: str = "[test-new]") -> tuple[Finding, Any]:
    row = judged(made, check, splits=splits)
    found = row.shown[0].found
    assert isinstance(found, Evidence), found
    return row.shown[0].finding, found


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


def wilson(share: float, n: float, z: float = 1.959963984540054) -> tuple[float, float]:
    """Wilson's interval as the roots of (p - share)^2 = z^2 p (1 - p) / n."""
    a, b, c = 1 + z**2 / n, -(2 * share + z**2 / n), share**2
    root = sqrt(b**2 - 4 * a * c)
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


# ---------------------------------------------------------------- conditions


@pytest.mark.parametrize(
    ("condition", "low", "high", "expected"),
    [
        ({"above": 0.0}, 0.01, 0.5, "supported"),
        ({"above": 0.0}, 0.0, 0.5, "undecided"),
        ({"above": 0.0}, -0.5, -0.01, "refuted"),
        ({"above": 0.0}, -0.5, 0.0, "undecided"),
        ({"above": 0.0}, 0.0, 0.0, "refuted"),
        ({"above": 0.0}, None, None, "undecided"),
        ({"below": 1.0}, 0.2, 0.99, "supported"),
        ({"below": 1.0}, 0.2, 1.0, "undecided"),
        ({"below": 1.0}, 1.01, 2.0, "refuted"),
        ({"below": 1.0}, 1.0, 2.0, "undecided"),
        ({"below": 1.0}, 1.0, 1.0, "refuted"),
        ({"below": inf}, 3.0, 9.0, "supported"),
        ({"below": inf}, 3.0, inf, "undecided"),
        ({"below": inf}, inf, inf, "refuted"),
        ({"within": (50.0, 200.0)}, 50.0, 200.0, "supported"),
        ({"within": (50.0, 200.0)}, 40.0, 60.0, "undecided"),
        ({"within": (50.0, 200.0)}, 10.0, 49.0, "refuted"),
        ({"within": (50.0, 200.0)}, 201.0, 300.0, "refuted"),
        ({}, 1.0, 2.0, "shown"),
    ],
)
def test_a_finding_is_where_the_interval_lies(
    condition: dict[str, object], low: float | None, high: float | None, expected: str
) -> None:
    check = CHECK.validate_python({"measure": "fact", "fact": "x", **condition})
    assert finding(check, Evidence(1.0, low, high, "ratio", 1)) == expected


def test_what_is_missing_decides_nothing() -> None:
    check = CHECK.validate_python({"measure": "fact", "fact": "x", "above": 0})
    assert finding(check, Missing("why")) == "not measured"


@pytest.mark.parametrize(
    ("how", "findings", "expected"),
    [
        ("all", ["supported", "supported", "shown"], "supported"),
        ("all", ["supported", "undecided"], "undecided"),
        ("all", ["not measured", "refuted"], "refuted"),
        ("all", ["not measured", "supported"], "not measured"),
        ("any", ["refuted", "supported", "not measured"], "supported"),
        ("any", ["refuted", "refuted"], "refuted"),
        ("any", ["refuted", "undecided"], "undecided"),
        ("any", ["refuted", "not measured"], "not measured"),
    ],
)
def test_findings_come_to_a_verdict(how: str, findings: Sequence[Finding], expected: str) -> None:
    check = {"measure": "fact", "fact": "x", "above": 0}
    case = Case.model_validate({how: [check]})
    assert verdict(case, findings) == expected


# ---------------------------------------------------------------- measures of answers


def test_a_difference_is_the_row_of_the_run_whichever_way_round(made: Path) -> None:
    rows = table(made / "run" / "pairs.csv")
    [row] = [r for r in rows if (r["a"], r["b"], r["split"], r["metric"])
             == ("reader", "tuned", "test-new", "contains")]  # fmt: skip
    said, found = shown(
        made, "{measure: difference, metric: contains, of: rag, minus: fine-tuned, above: 0}"
    )
    assert (said, found.value) == ("supported", pytest.approx(18 / 20 - 4 / 20))
    assert (found.low, found.high) == (float(row["low"]), float(row["high"]))
    said, turned = shown(
        made, "{measure: difference, metric: contains, of: fine-tuned, minus: rag, above: 0}"
    )
    assert (said, turned.value) == ("refuted", pytest.approx(-0.7))
    assert (turned.low, turned.high) == (-float(row["high"]), -float(row["low"]))


def test_a_difference_near_zero_is_undecided(made: Path) -> None:
    said, found = shown(
        made, "{measure: difference, metric: contains, of: hybrid, minus: rag, above: 0}"
    )
    assert (said, found.value) == ("undecided", pytest.approx(0.05))


def test_a_relative_difference_is_a_bootstrap_of_the_ratio(made: Path) -> None:
    said, found = shown(
        made, "{measure: relative, metric: rougeLsum, of: rag, over: fine-tuned, above: 0}"
    )
    ours, theirs = (
        np.array([0.5 + 0.02 * (i % 5) + 0.2 * (i < right) for i in range(PER_SPLIT)])
        for right in (18, 4)
    )
    drawn = np.random.default_rng(9).integers(PER_SPLIT, size=(20_000, PER_SPLIT))
    ratios = ours[drawn].mean(axis=1) / theirs[drawn].mean(axis=1) - 1
    # Student's quantile for 19 degrees of freedom, and the variance that 20 draws lack
    low, high = np.quantile(ratios, [0.0158, 0.9842])
    assert said == "supported"
    assert found.value == pytest.approx(ours.mean() / theirs.mean() - 1)
    assert (found.low, found.high) == (pytest.approx(low, abs=0.01), pytest.approx(high, abs=0.01))


def test_without_scores_a_relative_difference_is_that_of_the_tables(
    made: Path, tmp_path: Path
) -> None:
    shutil.copytree(made / "run", tmp_path / "run")
    (tmp_path / "run" / "scores.csv").unlink()
    check = "{measure: relative, metric: contains, of: rag, over: fine-tuned, above: 0}"
    _, whole = shown(made, check)
    said, found = shown(tmp_path, check)
    _, apart = shown(
        tmp_path, "{measure: difference, metric: contains, of: rag, minus: fine-tuned}"
        .replace("}", ", above: 0}"),
    )  # fmt: skip
    assert said == "supported"
    assert found.value == pytest.approx(whole.value) == pytest.approx(18 / 4 - 1)
    assert found.low == pytest.approx((apart.low or 0) / 0.2)
    assert found.high == pytest.approx((apart.high or 0) / 0.2)
    assert "over the value" in found.method


def test_over_an_arm_that_scores_nothing_there_is_no_relative_difference(made: Path) -> None:
    row = judged(made, "{measure: relative, metric: contains, of: rag, over: base, above: 0}")
    assert row.verdict == "not measured"
    assert row.missing == "bare scores 0 by contains: there is no relative difference"


def test_accuracy_given_that_gold_was_found(made: Path) -> None:
    check = (
        "{measure: given, metric: contains, of: hybrid-naive, hit: hit@4, found: %s, above: 0.5}"
    )
    said, found = shown(made, check % '"yes"')
    assert (found.value, found.n) == (10 / HITS, HITS)
    assert (found.low, found.high) == pytest.approx(wilson(10 / 16, 16))
    assert said == "undecided"
    said, missed = shown(made, check % '"no"')
    assert (said, missed.value, missed.n) == ("refuted", 0.0, 4)
    said, apart = shown(made, check % "yes minus no")
    assert apart.value == pytest.approx(10 / 16 - 0 / 4)
    (low, _), (_, high) = wilson(10 / 16, 16), wilson(0.0, 4)  # Newcombe's hybrid score interval
    assert apart.low == pytest.approx(10 / 16 - sqrt((10 / 16 - low) ** 2 + (high - 0.0) ** 2))


def test_no_question_where_retrieval_missed_is_not_measured(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made / "run", tmp_path / "run")
    path = tmp_path / "run" / "scores.csv"
    path.write_text(path.read_text().replace("hit@4,0.0", "hit@4,1.0"))
    check = "{measure: given, metric: contains, of: rag, hit: hit@4, found: %s, above: 0}"
    for found in ('"no"', "yes minus no"):
        row = judged(tmp_path, check % found)
        assert row.verdict == "not measured"
        assert row.missing == "hit@4 is 0 on none of the 20 questions"
    row = judged(made, "{measure: given, metric: contains, of: base, hit: hit@4, above: 0}")
    assert row.missing == "no scores of bare by contains and hit@4 on test-new"


def test_retrieved_and_right_disagree(made: Path) -> None:
    # gold found for 0..15, right on 0..17: they disagree on 16 and 17
    said, found = shown(
        made, "{measure: mismatch, metric: contains, of: rag, hit: hit@4, above: 0.01}"
    )
    assert (said, found.value) == ("supported", 0.1)
    assert (found.low, found.high) == pytest.approx(wilson(0.1, 20))


def test_with_several_seeds_every_answer_counts_and_trainings_are_in_the_interval(
    made: Path, tmp_path: Path
) -> None:
    shutil.copytree(made / "run", tmp_path / "run")
    path = tmp_path / "run" / "scores.csv"
    turned = {"contains,0.0": "contains,1.0", "contains,1.0": "contains,0.0"}
    rows = [row for row in path.read_text().splitlines() if row.startswith("reader,0,")]
    with path.open("a") as file:  # a second training, right where the first is wrong
        for row in rows:
            metric = next((m for m in turned if m in row), "")
            again = row.replace(metric, turned[metric]) if metric else row
            file.write(again.replace("reader,0,", "reader,1,") + "\n")
    check = "{measure: mismatch, metric: contains, of: rag, hit: hit@4, above: 0.01}"
    said, found = shown(tmp_path, check)
    assert (said, found.value, found.n) == ("undecided", pytest.approx((0.1 + 0.9) / 2), 20)
    assert found.method == "t over 2 seeds"


def test_an_arm_that_is_not_trained_stands_beside_every_seed_of_one_that_is() -> None:
    untrained = {("q1", 0): 1.0, ("q2", 0): 0.0, ("q4", 0): 1.0}
    trained = {("q1", 0): 0.0, ("q1", 1): 1.0, ("q2", 0): 1.0, ("q2", 1): 1.0, ("q3", 0): 1.0}
    assert beside(untrained, trained) == {
        ("q1", 0): (1.0, 0.0),
        ("q1", 1): (1.0, 1.0),
        ("q2", 0): (0.0, 1.0),
        ("q2", 1): (0.0, 1.0),
    }


def test_what_is_neither_right_nor_refused_is_invented(made: Path) -> None:
    said, found = shown(made, "{measure: invented, of: fine-tuned, above: 0.5}")
    assert (said, found.value) == ("supported", 16 / 20)
    assert (found.low, found.high) == pytest.approx(wilson(0.8, 20))
    said, none = shown(made, "{measure: invented, of: base, above: 0.5}")  # it refuses everything
    assert (said, none.value) == ("refuted", 0.0)
    said, apart = shown(made, "{measure: invented, of: rag, minus: fine-tuned, below: 0}")
    assert (said, apart.value) == ("supported", pytest.approx(2 / 20 - 16 / 20))


def test_answers_carry_their_passages_or_do_not(made: Path) -> None:
    said, found = shown(made, "{measure: carried, of: rag, above: 0.9}", splits='[""]')
    assert (said, found.value, found.n) == ("supported", 1.0, 60)
    assert (found.low, found.high) == pytest.approx(wilson(1.0, 60))
    said, _ = shown(made, "{measure: carried, of: fine-tuned, above: 0.9}", splits='[""]')
    assert said == "refuted"


def test_a_reported_metric_has_value_and_interval(made: Path) -> None:
    row = "{measure: reported, of: rag, metrics: [hit@4, mrr@10], within: [1, 1]}"
    said, found = shown(made, row)
    assert (said, found.value) == ("refuted", 0.5)
    assert judged(made, row.replace("of: rag", "of: base")).verdict in ("refuted", "not measured")


def test_a_value_that_does_not_apply_says_so(made: Path) -> None:
    row = judged(made, "{measure: value, metric: abstention_recall, of: rag, above: 0}")
    assert row.verdict == "not measured"
    assert "not applicable" in row.missing


# ---------------------------------------------------------------- time, money, weights


def test_latency_is_paired_by_question(made: Path) -> None:
    said, found = shown(made, "{measure: latency, of: rag, minus: base, within: [50, 200]}")
    # 100 - 40 milliseconds; the jitter differs by 2/11 of a turn
    apart = [60 + 0.1 * ((7 * i + 6) % 11) - 0.1 * ((7 * i + 4) % 11) for i in range(30)]
    assert (said, found.value) == ("supported", pytest.approx(np.median(apart)))
    assert found.low is not None
    assert found.high is not None
    assert min(apart) <= found.low <= found.high <= max(apart)
    said, alone = shown(
        made, "{measure: latency, of: rag, spans: [embed, search], within: [50, 99]}"
    )
    jitter = [0.1 * ((7 * i + 1) % 11) for i in range(30)]
    assert (said, alone.value) == ("refuted", pytest.approx(12 + np.median(jitter)))
    said, ratio = shown(made, "{measure: latency, of: rag, statistic: p95 / p50, below: 1.1}")
    total = [100 + 0.1 * ((7 * i + 6) % 11) for i in range(30)]
    expected = np.percentile(total, 95) / np.percentile(total, 50)
    assert (said, ratio.value) == ("supported", pytest.approx(expected))


def test_without_the_spans_a_latency_is_undecided(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made / "run", tmp_path / "run")
    shutil.rmtree(tmp_path / "run" / "artefacts")
    said, found = shown(tmp_path, "{measure: latency, of: rag, minus: base, above: 0}")
    assert (said, found.low) == ("undecided", None)
    assert found.value == pytest.approx(60, abs=1)
    assert "records.json" in found.note


def test_a_cost_is_right_within_the_factor_that_is_declared(made: Path) -> None:
    check = "{measure: cost, of: fine-tuned, over: rag, basis: %s, above: 1, measured_once: %s}"
    said, found = shown(made, check % ("one-off", 2))
    assert (said, found.value, found.low, found.high) == ("supported", 10.0, 5.0, 20.0)
    assert shown(made, check % ("one-off", 20))[0] == "undecided"
    said, found = shown(made, check % ("per question", 1.5))
    assert (said, found.value, found.high) == ("refuted", 0.5, 0.75)
    said, found = shown(made, (check % ("one-off", 2)).replace(", measured_once: 2", ""))
    assert (said, found.low) == ("undecided", None)


def test_break_even_is_a_number_of_questions_or_never(made: Path) -> None:
    # 10 + n < 1 + 2n from n = 10 on; at 1.5 times the cost 15 + 1.5n, n = 29; at 2/3, n = 5
    check = "{measure: break-even, of: %s, against: %s, below: .inf, measured_once: 1.5}"
    said, found = shown(made, check % ("fine-tuned", "rag"))
    assert (said, found.value, found.low, found.high) == ("supported", 10, 5, 29)
    said, found = shown(made, check % ("hybrid", "base"))  # 11 + 3n against n
    assert (said, found.value) == ("refuted", inf)
    # 11 + 3n against 1 + 2n: never; at two thirds 7.3 + 2n: never either
    assert shown(made, check % ("hybrid", "rag"))[0] == "refuted"
    said, found = shown(made, (check % ("fine-tuned", "rag")).replace("1.5", "3"))
    assert (said, found.high) == ("undecided", inf)  # 30 + 3n against 1 + 2n: never


def test_weights_are_counted(made: Path) -> None:
    check = "{measure: training, field: trainable share, of: fine-tuned, below: 0.1}"
    said, found = shown(made, check, splits='[""]')
    assert (said, found.value) == ("supported", pytest.approx(100_000 / 1_100_000))
    both = "of: fine-tuned-docs, over: fine-tuned, below: 1, measured_once: 1.05"
    check = f"{{measure: training, field: seconds per token, {both}}}"
    said, found = shown(made, check, splits='[""]')
    assert (said, found.value) == ("refuted", pytest.approx(11 / 10))
    check = "{measure: training, field: gain, of: fine-tuned, above: 0, measured_once: 2}"
    said, found = shown(made, check, splits='[""]')
    assert (said, found.value) == ("supported", pytest.approx(0.9 - 0.2))


@pytest.mark.parametrize(("r", "count"), [(4, 2304), (8, 4608), (16, 9216)])
def test_peft_counts_the_published_lora_parameters(made: Path, r: int, count: int) -> None:
    check = f"{{measure: lora parameters, inputs: 512, outputs: 64, r: {r}, within: [4608, 4608]}}"
    said, found = shown(made, check, splits='[""]')
    assert found.value == count == r * (512 + 64)
    assert said == ("supported" if r == 8 else "refuted")


def test_a_recorded_fact_decides_and_an_absent_one_does_not(made: Path) -> None:
    check = "{measure: fact, fact: %s, within: [0, 0]}"
    said, found = shown(made, check % "base_unchanged", splits='[""]')
    assert (said, found.value) == ("refuted", 1.0)
    row = judged(made, check % "base_changed", splits='[""]')
    assert "run.json has no 'base_changed'" in row.missing


# ---------------------------------------------------------------- runs


def test_a_verdict_names_model_size_machine_and_split(made: Path, tmp_path: Path) -> None:
    file = claims_file(made, tmp_path)
    done = CliRunner().invoke(app, ["claims", str(made / "run"), "--claims", str(file),
                                    "--out", str(tmp_path), "--json"])  # fmt: skip
    assert done.exit_code == 0, done.stderr
    [row] = json.loads(done.stdout)
    assert row["model"] == "pocket (1.00 million parameters)"
    assert (row["parameters"], row["dataset"], row["split"]) == (1_000_000, "colours", "test-new")
    assert row["hardware"] == "a processor, 2 cores"
    assert row["verdict"] == "supported"
    page = (tmp_path / "claims.md").read_text()
    assert "holds for pocket (1.00 million parameters) on colours, test-new, run " in page
    assert "neither refutes nor confirms" in page
    [written] = table(tmp_path / "claims.csv")
    assert tuple(written) == COLUMNS
    assert written["arms"] == "reader tuned"


def claims_file(made: Path, folder: Path) -> Path:
    check = "{measure: difference, metric: contains, of: rag, minus: fine-tuned, above: 0}"
    claims_of(made, check)
    return Path(shutil.copy(made / "some-claims.yaml", folder / "claims.yaml"))


def test_runs_that_disagree_stand_side_by_side(made: Path, tmp_path: Path) -> None:
    right = {"bare": 0, "reader": 4, "tuned": 18, "studied": 3, "naive": 10, "both": 19}
    other = made_run(tmp_path / "other", made / "colours", right, name="another")
    claims = read_claims(claims_file(made, tmp_path))
    rows = judge(claims, [read_run(other), read_run(made / "run")])
    assert [(Path(row.run).name, row.verdict) for row in rows] == [
        ("run", "supported"),
        ("other", "refuted"),
    ]


def test_a_part_of_a_run_says_what_is_missing(made: Path, tmp_path: Path) -> None:
    alone = made_run(tmp_path / "alone", made / "colours", only=["bare"])
    claims = read_claims(claims_file(made, tmp_path))
    [row] = judge(claims, [read_run(alone)])
    assert row.verdict == "not measured"
    assert row.missing.startswith("no arm is 'rag': base weights, retrieved passages to read")
    assert row.command == "harness run benchmarks/pocket.yaml"
    both = judge(claims, [read_run(alone), read_run(made / "run")])
    assert [r.verdict for r in both] == ["supported"]


def test_arms_are_taken_that_differ_in_the_least(made: Path) -> None:
    run = read_run(made / "run")
    twin = run.benchmark.arms["tuned"].model_copy(update={"prompt": "other"})
    arms = {"a-twin": twin, **run.benchmark.arms}
    changed = FinishedRun(run.folder, run.benchmark.model_copy(update={"arms": arms}), run.facts)
    check = "{measure: difference, metric: contains, of: rag, minus: fine-tuned, above: 0}"
    [row] = judge(claims_of(made, check), [changed])
    assert row.shown[0].arms == ("reader", "tuned")


def test_a_changed_question_set_leaves_new_figures_without_interval(
    made: Path, tmp_path: Path
) -> None:
    made_run(tmp_path / "run", made_set(tmp_path / "colours"))
    path = tmp_path / "colours" / "corpus.jsonl"
    path.write_text(path.read_text().replace("c3.", "c33."))
    said, found = shown(tmp_path, "{measure: invented, of: fine-tuned, above: 0.5}")
    assert (said, found.value) == ("undecided", 0.8)
    assert "has changed since this run" in found.note


# ---------------------------------------------------------------- bad input


MISTAKES = [
    ("measure: difference", "measure: diference", "19: claims.X1.all.1: Input tag"),
    ("metric: contains", "metrik: contains",
     "19: claims.X1.all.1.metrik: unknown key 'metrik'; did you mean 'metric'?"),
    ("above: 0", "above: 0, below: 1", "19: claims.X1.all.1: give one of 'above'"),
    ("above: 0", "within: [1]", "19: claims.X1.all.1.within: Field required"),
    (", above: 0", "", "11: claims.X1: no check has a condition"),
    ("above: 0", "above: much", "19: claims.X1.all.1.above: Input should be a valid number"),
    ("of: rag", "of: rga", "11: claims.X1: no kind of arm is called 'rga'; did you mean 'rag'?"),
    ("source:", "sauce:", "14: claims.X1.sauce: unknown key 'sauce'; did you mean 'source'?"),
    ("    benchmark: benchmarks/pocket.yaml\n", "", "11: claims.X1: give one of 'benchmark'"),
    ("reads: none}", "reads: nothing}", "3: arms.base.reads: Input should be"),
    ("title: a title", "title: [", "14: not YAML"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message"), MISTAKES)
def test_a_mistake_in_a_claims_file_is_named_with_its_line(
    made: Path, tmp_path: Path, old: str, new: str, message: str
) -> None:
    file = claims_file(made, tmp_path)
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    done = CliRunner().invoke(app, ["claims", str(made / "run"), "--claims", str(file),
                                    "--out", str(tmp_path)])  # fmt: skip
    assert done.exit_code == 2
    assert f"claims.yaml:{message}" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_an_absent_claims_file_and_a_folder_without_a_run_are_one_line(
    made: Path, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="no such file of claims"):
        read_claims(tmp_path / "none.yaml")
    with pytest.raises(ArtefactError, match="no finished run here; start one with `harness run`"):
        read_run(tmp_path)
    (tmp_path / "run.json").write_text('{"complete": false}')
    with pytest.raises(ArtefactError, match="this run is not finished"):
        read_run(tmp_path)
    (tmp_path / "run.json").write_text('{"complete": true, "config": {}}')
    with pytest.raises(ArtefactError, match="not a run of this version"):
        read_run(tmp_path)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("pairs.csv", "difference", "apart", "pairs.csv:1: no column difference"),
        ("pairs.csv", "reader,tuned,test-new,contains,0.7", "reader,tuned,test-new,contains,lots",
         "'lots' in column difference is no number"),
    ],
)  # fmt: skip
def test_a_damaged_table_is_one_line(
    made: Path, tmp_path: Path, file: str, old: str, new: str, message: str
) -> None:
    shutil.copytree(made / "run", tmp_path / "run")
    path = tmp_path / "run" / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    done = CliRunner().invoke(
        app, ["claims", str(tmp_path / "run"), "--claims", str(claims_file(made, tmp_path))]
    )
    assert done.exit_code == 2
    assert message in done.stderr


def test_an_absent_table_is_one_line(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made / "run", tmp_path / "run")
    (tmp_path / "run" / "summary.csv").unlink()
    done = CliRunner().invoke(
        app, ["claims", str(tmp_path / "run"), "--claims", str(claims_file(made, tmp_path))]
    )
    assert done.exit_code == 2
    assert "summary.csv: cannot be read" in done.stderr
