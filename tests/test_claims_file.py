"""The claims that are shipped, and what the reference run says of them."""

import csv
import re
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness import data
from harness.artefacts import Artefacts
from harness.claims import judge, read_claims, read_run
from harness.claims.arms import chosen
from harness.claims.checks import roles_of
from harness.claims.page import COLUMNS
from harness.claims.records import Claims
from harness.cli import app
from harness.config.load import load_benchmark
from harness.progress import Silent
from harness.stages.identity import identity
from harness.stages.job import Job
from harness.stages.unchanged import base_unchanged

ROOT = Path(__file__).parent.parent
FILE = ROOT / "benchmarks" / "claims.yaml"
REFERENCE = ROOT / "results" / "reference" / "pocket"

INVENTORY = {"Q": 15, "H": 8, "L": 6, "C": 9, "F": 6, "P": 6, "R": 5, "T": 9, "D": 3, "O": 3}
"""How many statements of each kind the five texts make."""


@pytest.fixture(scope="module")
def claims() -> Claims:
    return read_claims(FILE)


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


def test_every_statement_of_the_inventory_is_there(claims: Claims) -> None:
    expected = [f"{kind}{i}" for kind, n in INVENTORY.items() for i in range(1, n + 1)]
    assert list(claims.claims) == expected


def test_every_claim_has_a_source_a_condition_and_a_way_to_decide_it(claims: Claims) -> None:
    for name, claim in claims.claims.items():
        assert claim.title, name
        assert claim.statement.endswith("."), name
        assert claim.source, name
        assert claim.condition, name
        decided = [claim.benchmark, claim.planned, claim.not_measurable]
        assert sum(map(bool, decided)) == 1, name
        if claim.not_measurable:
            assert len(claim.not_measurable.split()) > 3, name
        else:
            assert claim.condition != "none", name
        for published in claim.published:
            assert published.link == "" or published.link.startswith("https://"), name


def test_every_benchmark_that_is_named_is_shipped(claims: Claims) -> None:
    for name, claim in claims.claims.items():
        own = [case.benchmark for case in claim.cases]
        for named in filter(None, (claim.benchmark, *own)):
            path = ROOT / named.split()[0]
            assert path.is_file(), name
            assert load_benchmark(path).name == path.stem


def test_the_benchmark_of_a_case_has_all_of_its_arms(claims: Claims) -> None:
    for name, claim in claims.claims.items():
        for case in claim.cases:
            path = ROOT / (case.benchmark or claim.benchmark).split()[0]
            benchmark = load_benchmark(path)
            for check in case.checks:
                roles = [(role, claims.arms[role]) for role in roles_of(check)]
                assert not isinstance(chosen(benchmark, roles), str), (name, case.name)
                metric = getattr(check, "metric", "contains")
                scored = {benchmark.metrics.primary, *benchmark.metrics.also}
                assert metric in scored, (name, metric)


def test_a_claim_that_no_benchmark_measures_says_so_in_words(claims: Claims) -> None:
    rows = judge(claims, [read_run(REFERENCE)])
    for row in rows:
        if row.claim.planned:
            assert row.missing.startswith("no shipped benchmark measures it yet: ")
        if row.claim.not_measurable:
            assert row.missing.startswith("not measurable: ")
        if row.verdict == "not measured":
            assert row.missing


def test_the_verdicts_of_the_reference_run_are_those_of_its_tables(
    claims: Claims, tmp_path: Path
) -> None:
    done = CliRunner().invoke(app, ["claims", str(REFERENCE), "--out", str(tmp_path)])
    assert done.exit_code == 0, done.stderr
    rows = table(tmp_path / "claims.csv")
    pairs = {
        (r["a"], r["b"], r["split"]): r
        for r in table(REFERENCE / "pairs.csv")
        if r["metric"] == "contains"
    }
    for row in (r for r in rows if (r["claim"], r["finding"]) == ("Q12", r["verdict"])):
        own = pairs["rag", "base", row["split"]]
        assert (row["value"], row["low"]) == (own["difference"], own["low"])
        assert row["verdict"] == ("supported" if float(own["low"]) > 0 else "undecided")
    measured = {r["claim"] for r in rows if r["verdict"] != "not measured"}
    # kept are csv files and run.json: enough for all that needs no answers and no single scores
    assert measured >= {"Q1", "Q4", "Q7", "Q8", "Q12", "H1", "H3", "H8", "L1", "L3", "L5", "L6",
                        "C1", "C2", "C3", "T1"}  # fmt: skip
    for row in rows:
        if row["claim"] == "L1":
            assert (row["verdict"], row["low"]) == ("undecided", "")
        if row["claim"] in ("Q3", "Q8", "L2", "R4", "C6"):
            named = row["command"] or row["missing"]
            assert "benchmarks/" in named or "no shipped benchmark measures it yet" in named
    page = (tmp_path / "claims.md").read_text()
    assert "3.05 million parameters" in page
    assert not re.search(r"\b(nan|None)\b", page)


def test_every_key_of_a_claims_file_is_documented(claims: Claims) -> None:
    text = (ROOT / "docs" / "claims.md").read_text(encoding="utf-8")
    words = set(re.findall(r"[\w-]+", text))
    schema = Claims.model_json_schema()
    tables = [schema, *schema["$defs"].values()]
    keys = {key for table in tables for key in table.get("properties", {})}
    assert keys <= words, keys - words


def test_every_column_of_the_csv_file_is_documented() -> None:
    page = (ROOT / "docs" / "claims.md").read_text(encoding="utf-8")
    _, _, text = page.partition("## `claims.csv`")
    assert tuple(re.findall(r"^\| `(\w+)` \|", text, flags=re.M)) == COLUMNS


def test_a_run_records_whether_the_base_model_is_unchanged(tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "weights.bin").write_bytes(b"as it was")
    file = tmp_path / "file.yaml"
    file.write_text(
        f"dataset: tiny\nmodels: {{m: {{path: {model}}}, other: {{path: {tmp_path}}}}}\n"
        "weights: {qa: {model: m, sees: question}}\n"
        "arms: {base: {model: m}, tuned: {model: m, weights: qa}, another: {model: other}}\n"
    )
    job = Job(
        load_benchmark(file), data.load("tiny"), (), Artefacts(tmp_path / "artefacts"), Silent()
    )
    identity(job)  # as a run begins
    assert base_unchanged(job) == {"m": True}
    (model / "weights.bin").write_bytes(b"trained in place")
    assert base_unchanged(job) == {"m": False}
    only = job.benchmark.model_copy(update={"arms": {"base": job.benchmark.arms["base"]}})
    assert base_unchanged(replace(job, benchmark=only)) == {}
