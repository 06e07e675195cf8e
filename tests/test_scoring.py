"""Outputs that somebody else made: files in, numbers with intervals out."""

import csv
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow  # type: ignore[import-untyped]
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

from harness.cli import app
from harness.errors import ConfigError, DataError, UnknownName
from harness.results import Summary
from harness.scoring import Columns, read_cases, score_file

REAL = Path(os.environ.get("HARNESS_REALDATA", Path(__file__).parents[2] / "shared" / "data"))
STUDY = REAL / "ragvsft_lakatos2024" / "covid_test_results.json"

ROWS: list[dict[str, Any]] = [
    {"key": "a", "said": "It weighs 5 kg in all.", "right": ["It weighs 5 kg in all."]},
    {"key": "b", "said": "It weighs 9 kg.", "right": ["It weighs 5 kg in all.", "It weighs 9 kg."]},
    {"key": "c", "said": "", "right": ["It is made in Norvik, “Ünïcode”."]},
    {"key": "d", "said": "Nobody knows\nthat.", "right": ["It was Ada Roe."]},
]
COLUMNS = Columns("said", "right", id="key")
QUICK = ("exact_match", "token_f1", "rougeLsum", "bleu", "bleu_sentence_unsmoothed", "meteor")


def as_jsonl(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    file = path / "rows.jsonl"
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return file


def as_json(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    file = path / "rows.json"
    file.write_text(json.dumps(rows), "utf-8")
    return file


def as_columns(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    file = path / "columns.json"
    table = {name: {str(i): row[name] for i, row in enumerate(rows)} for name in rows[0]}
    file.write_text(json.dumps(table), "utf-8")
    return file


def as_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    file = path / "rows.csv"
    with file.open("w", newline="", encoding="utf-8") as target:
        writer = csv.DictWriter(target, rows[0])
        writer.writeheader()
        writer.writerows({**row, "right": json.dumps(row["right"])} for row in rows)
    return file


def as_parquet(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    file = path / "rows.parquet"
    parquet.write_table(pyarrow.Table.from_pylist(list(rows)), file)
    return file


def scored(file: Path, *names: str, columns: Columns = COLUMNS) -> dict[str, Summary]:
    return {row.metric: row for row in score_file(file, columns, names)}


def test_a_file_of_answers_gives_a_row_per_metric(tmp_path: Path) -> None:
    found = scored(as_jsonl(tmp_path, ROWS), *QUICK)
    assert list(found) == list(QUICK)
    exact = found["exact_match"]
    assert (exact.value, exact.n, exact.failures, exact.clusters) == (0.5, 4, 0, 4)
    assert exact.low is not None
    assert exact.high is not None
    assert 0 <= exact.low <= 0.5 <= exact.high <= 1
    assert found["bleu"].unit == "points"
    assert all(row.signature for row in found.values())


@pytest.mark.parametrize("write", [as_json, as_columns, as_csv, as_parquet])
def test_every_kind_of_file_gives_the_same_numbers(
    write: Callable[[Path, Sequence[Mapping[str, Any]]], Path], tmp_path: Path
) -> None:
    expected = scored(as_jsonl(tmp_path, ROWS), *QUICK)
    got = scored(write(tmp_path, ROWS), *QUICK)
    assert [(r.value, r.low, r.high, r.n) for r in got.values()] == [
        (r.value, r.low, r.high, r.n) for r in expected.values()
    ]


def test_without_names_every_metric_that_applies_is_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("harness.scoring.table.STANDARD", (*QUICK, "contains", "abstention_recall"))
    found = scored(as_jsonl(tmp_path, ROWS))
    assert {*QUICK, "contains"} == set(found)  # nothing here is to be refused
    refused: dict[str, Any] = {"key": "e", "said": "I do not know.", "right": []}
    refused["answerable"] = False
    found = scored(as_jsonl(tmp_path, [*ROWS, refused]))
    assert (found["abstention_recall"].value, found["abstention_recall"].n) == (1.0, 1)
    assert found["contains"].n == 4
    assert "not applicable: 1 of 5 questions" in found["contains"].note


def test_an_answer_that_is_empty_or_missing_counts_with_the_worst_score(tmp_path: Path) -> None:
    full = {"said": "It weighs 5 kg.", "right": "It weighs 5 kg."}
    rows: list[dict[str, Any]] = [
        full,
        {**full, "said": ""},
        {**full, "said": None},
        {"right": "It weighs 5 kg."},
    ]
    found = scored(as_jsonl(tmp_path, rows), "token_f1", "bleu", columns=Columns("said", "right"))
    assert (found["token_f1"].value, found["token_f1"].n) == (0.25, 4)
    assert found["token_f1"].failures == 2  # absent and null; an empty text is an answer
    brevity = pow(2.718281828459045, 1 - 20 / 5)
    assert found["bleu"].value == pytest.approx(100 * brevity)


def test_in_a_csv_file_an_empty_cell_is_a_missing_answer(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("said,right\nIt is 5 kg.,It is 5 kg.\n,It is 5 kg.\n", "utf-8")
    found = scored(file, "exact_match", columns=Columns("said", "right"))["exact_match"]
    assert (found.value, found.n, found.failures) == (0.5, 2, 1)


def test_a_nested_column_is_reached_with_dots(tmp_path: Path) -> None:
    rows = [{"out": {"text": "Paris"}, "answers": {"text": ["Lutetia", "Paris"]}, "n": 5}]
    columns = Columns("out.text", "answers.text")
    assert (
        scored(as_jsonl(tmp_path, rows), "exact_match", columns=columns)["exact_match"].value == 1
    )
    [case] = read_cases(as_jsonl(tmp_path, rows), Columns("n", "answers.text"))
    assert case.prediction.text == "5"


def test_passages_are_what_the_answers_are_held_against(tmp_path: Path) -> None:
    rows = [
        {**ROWS[0], "read": ["The Aster 2.", "It weighs 5 kg in all."], "ask": "How heavy is it?"},
        {**ROWS[1], "read": "It weighs 5 kg."},
        {**ROWS[2], "read": []},
    ]
    columns = Columns("said", "right", context="read", question="ask")
    cases = read_cases(as_jsonl(tmp_path, rows), columns)
    assert [case.passages for case in cases] == [
        ("The Aster 2.", "It weighs 5 kg in all."), ("It weighs 5 kg.",), (),
    ]  # fmt: skip
    assert {case.context for case in cases} == {"external"}
    assert [case.question.text for case in cases] == ["How heavy is it?", "", ""]


def test_answers_are_judged_by_the_passages_where_there_are_some(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("harness.scoring.table.JUDGE", "lexical")
    monkeypatch.setattr("harness.scoring.table.STANDARD", QUICK)
    rows: list[dict[str, Any]] = [
        {
            "said": "The Aster 2 weighs 5 kg.",
            "right": "5 kg",
            "read": ["It is.", "The Aster 2 weighs 5 kg."],
        },
        {"said": "The Aster 2 weighs 9 kg.", "right": "5 kg", "read": "The Aster 2 weighs 5 kg."},
        {"said": None, "right": "5 kg", "read": "The Aster 2 weighs 5 kg."},
        {"said": "The Aster 2 weighs 5 kg.", "right": "5 kg", "read": []},
    ]
    file = as_jsonl(tmp_path, rows)
    found = scored(file, columns=Columns("said", "right", context="read"))
    assert list(found) == [*QUICK, "faithfulness_retrieved"]
    row = found["faithfulness_retrieved"]
    assert row.value == pytest.approx(1 / 3)
    assert (row.n, row.failures, row.unmeasured) == (3, 1, 1)  # no passages, nothing to judge by
    assert "faithfulness_retrieved" not in scored(file, columns=Columns("said", "right"))
    with pytest.raises(ConfigError, match=r"applies to no row; .*: --context COLUMN"):
        scored(file, "faithfulness_retrieved", columns=Columns("said", "right"))


def test_the_command_judges_answers_and_their_citations_offline(tmp_path: Path) -> None:
    read = ["The Aster 2 is a drone. It weighs 5 kg.", "", "The Tarn 40 is a lamp made in Oslo."]
    right = "The Aster 2 weighs 5 kg."
    rows = [
        {"said": "The Aster 2 weighs 5 kg [1].", "right": right, "read": read},
        {"said": "The Aster 2 weighs 9 kg [1].", "right": right, "read": read},
        {"said": "The Tarn 40 is made in Oslo [1][3].", "right": right, "read": read},
        {"said": "The Tarn 40 is made in Oslo.", "right": right, "read": read},
    ]
    names = "faithfulness_retrieved,citation_recall,citation_precision,provenance_coverage"
    command = ["score", str(as_jsonl(tmp_path, rows)), "--answer", "said", "--reference", "right"]
    done = CliRunner().invoke(app, [*command, "--context", "read", "--metrics", names, "--json"])
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert {name: (found[name]["value"], found[name]["n"]) for name in found} == {
        "faithfulness_retrieved": (0.75, 4),
        "citation_recall": (0.5, 4),
        "citation_precision": (pytest.approx((1 + 0 + 0.5) / 3), 4),  # the last cites nothing
        "provenance_coverage": (0.5, 4),
    }
    assert "judge:offline" in found["faithfulness_retrieved"]["signature"]


def test_answers_that_cite_nothing_have_no_citation_metrics_unless_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("harness.scoring.table.JUDGE", "lexical")
    monkeypatch.setattr("harness.scoring.table.STANDARD", ("rougeL",))
    row = {"said": "It is red.", "right": "It is red.", "read": ["It is red."]}
    columns = Columns("said", "right", context="read")
    assert list(scored(as_jsonl(tmp_path, [row]), columns=columns)) == [
        "rougeL", "faithfulness_retrieved",
    ]  # fmt: skip
    [asked] = scored(as_jsonl(tmp_path, [row]), "citation_recall", columns=columns).values()
    assert (asked.value, asked.n, asked.note) == (None, 0, "unmeasured")
    citing = as_jsonl(tmp_path, [{**row, "said": "It is red [1]."}])
    found = scored(citing, columns=columns)
    assert list(found)[2:] == ["citation_recall", "citation_precision", "provenance_coverage"]
    assert found["rougeL"].value == 1


@pytest.mark.parametrize(
    ("rows", "columns", "line"),
    [
        (ROWS, Columns("sayd", "right"),
         "rows.jsonl: no row has a value in 'sayd' (--answer); did you mean 'said'?; the file has "
         "key, right, said"),
        (ROWS, Columns("out", "refs"),
         "no row has a value in 'out' (--answer), 'refs' (--reference); known: key, right, said"),
        ([*ROWS, {"said": "x", "right": []}], Columns("said", "right"),
         "rows.jsonl:5: no reference in 'right'; add one, or drop the row"),
        ([*ROWS, {"said": "x"}], Columns("said", "right"), "rows.jsonl:5: no reference in 'right'"),
        ([{"said": ["x"], "right": "x"}], Columns("said", "right"),
         "rows.jsonl:1: 'said' holds a list; give one text"),
        ([{"said": "x", "right": [{"a": 1}]}], Columns("said", "right"),
         "rows.jsonl:1: 'right' holds a dict; give a text or a list of texts"),
        ([*ROWS, ROWS[0]], COLUMNS,
         "rows.jsonl:5: id 'a' stands at"),
        ([*ROWS, {**ROWS[0], "key": None}], COLUMNS, "rows.jsonl:5: nothing in 'key'"),
        ([], COLUMNS, "rows.jsonl: no rows; nothing to score"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_scored_says_where_and_why(
    rows: list[dict[str, Any]], columns: Columns, line: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError) as told:
        read_cases(as_jsonl(tmp_path, rows), columns)
    assert line in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("x.jsonl", b'{"said": "x", "right": "x"}\n{"said": \n', "x.jsonl:2: broken JSON"),
        ("x.jsonl", b'{"said": "x", "right": "x"}\n\xff\n', "x.jsonl:2: not UTF-8"),
        ("x.json", b'[{"said": "x"},\n {"said": ]', "x.json:2: broken JSON"),
        ("x.json", b'"text"', "x.json: neither a list of rows nor a table of columns"),
        ("x.json", b"[1]", "x.json: [0] is no row {...}"),
        ("x.json", b'{"said": "x"}', "x.json: 'said' is no column of values"),
        ("x.json", b'[{"said": "x", "right": 5}, {"said": "y"}]', "x.json: [1]: no reference in"),
        ("x.json", b'["\xff"]', "x.json: "),
        ("x.csv", b'said,right\n"x,y\n', "x.csv:2: broken CSV"),
        ("x.parquet", b"PAR1", "x.parquet:1: broken Parquet"),
        ("x.txt", b"", "x.txt: give a file that ends in one of .jsonl"),
    ],
)
def test_a_broken_file_is_named_with_the_line(
    name: str, content: bytes, line: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError) as told:
        read_cases(tmp_path / name, Columns("said", "right"))
    assert line in str(told.value)
    assert "\n" not in str(told.value)


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none.jsonl: no such file"):
        read_cases(tmp_path / "none.jsonl", COLUMNS)


def test_a_metric_that_cannot_be_had_is_refused(tmp_path: Path) -> None:
    file = as_jsonl(tmp_path, ROWS)
    with pytest.raises(UnknownName, match=r"--metrics: .*'blue'.*did you mean 'bleu'"):
        scored(file, "blue")
    with pytest.raises(ConfigError, match=r"--metrics: 'ndcg' applies to no row"):
        scored(file, "ndcg")
    with pytest.raises(ConfigError, match=r"'recall@4' is about rankings, .*harness retrieve"):
        scored(file, "recall@4")


def test_the_command_prints_what_a_machine_reads(tmp_path: Path) -> None:
    file = as_jsonl(tmp_path, ROWS)
    command = ["score", str(file), "--answer", "said", "--reference", "right", "--metrics"]
    done = CliRunner().invoke(app, [*command, "token_f1, bleu", "--json"])
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert list(found) == ["token_f1", "bleu"]
    assert {"value", "low", "high", "n", "signature"} <= set(found["bleu"])
    assert found["token_f1"]["n"] == 4
    assert "tok:13a" in found["bleu"]["signature"]


def test_the_command_prints_a_table_for_people(tmp_path: Path) -> None:
    file = as_jsonl(tmp_path, ROWS)
    command = ["score", str(file), "--answer", "said", "--reference", "right"]
    done = CliRunner().invoke(app, [*command, "--metrics", "exact_match,rougeLsum_stem"])
    assert done.exit_code == 0
    for part in ("metric", "95 % interval", "exact_match", "rougeLsum_stem", "0.50", "refs:any"):
        assert part in done.stdout
    assert "4 clusters only" in done.stdout


def test_the_command_tells_a_mistake_in_one_line(tmp_path: Path) -> None:
    file = as_jsonl(tmp_path, ROWS)
    done = CliRunner().invoke(app, ["score", str(file), "--answer", "x", "--reference", "right"])
    assert done.exit_code == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stderr.startswith(f"harness: {file}: no row has a value in 'x' (--answer)")


@pytest.mark.realdata
@pytest.mark.skipif(not STUDY.exists(), reason="real data absent")
def test_a_published_study_is_met_to_the_printed_digits() -> None:
    # Lakatos et al. 2024 (arXiv 2403.09727): GPT-J's outputs on COVID-19, 1,000 rows
    published = {
        "bleu_sentence_unsmoothed": (26.9, 1),
        "bleu_sentence_exp": (27.6, 1),
        "bleu": (33.0, 1),
        "rougeLsum": (0.3904, 4),
        "rougeLsum_stem": (0.3941, 4),
    }
    found = scored(STUDY, *published, columns=Columns("gptj_fn", "output", question="instruction"))
    for name, (value, digits) in published.items():
        row = found[name]
        assert row.value is not None
        assert round(row.value, digits) == value, name
        assert (row.n, row.failures) == (1_000, 0)
