"""A whole build: what is planted is found, a kill changes nothing, bad input is one line."""

import errno
import gzip
import hashlib
import json
import math
import os
import runpy
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
from typer.testing import CliRunner

from harness import data
from harness.cli import app
from harness.cli.building import _print
from harness.data.names import locate
from harness.errors import (
    ArtefactError,
    ConfigError,
    DataError,
    HarnessError,
    ModelError,
    StorageError,
)
from harness.pipeline.build import build
from harness.pipeline.settings import Settings, load_settings
from harness.pipeline.speed import Speed
from harness.pipeline.workers import spread
from tests.models import CHAT, make_model

ROOT = Path(__file__).parent.parent
PLANT = runpy.run_path(str(ROOT / "benchmarks" / "pipeline_throughput.py"))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(make_model(tmp_path_factory.mktemp("m") / "llama", "llama", chat=CHAT))


def jsonl(path: Path, rows: list[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def documents(n: int, words: int = 30) -> list[dict[str, Any]]:
    return [
        {"id": f"d{i}", "text": " ".join(f"word{i * words + k}" for k in range(words))}
        for i in range(n)
    ]


def shards(folder: Path) -> list[dict[str, Any]]:
    paths = sorted((folder / "shards").glob("*.parquet"))
    return [row for path in paths for row in pq.read_table(path).to_pylist()]


def dropped(folder: Path) -> list[dict[str, Any]]:
    paths = sorted((folder / "dropped").glob("*.parquet"))
    return [row for path in paths for row in pq.read_table(path).to_pylist()]


def contents(folder: Path) -> dict[str, str]:
    """Digests of all files that hold no time."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "throughput.json"
    }


def test_planted_duplicates_and_test_questions_are_found(tmp_path: Path, model: str) -> None:
    vantora = data.load("vantora")
    pool = PLANT["sentences"](d.text for d in vantora.corpus)
    asked = [q.text for q in vantora.test if len(q.text.split()) >= 4]
    rows = [
        {"id": name, "text": text} for name, text in PLANT["plant"](pool, asked, 1_000_000, seed=1)
    ]
    planted = Counter(row["id"].partition("-")[0] for row in rows)
    assert min(planted.values()) > 20
    source = jsonl(tmp_path / "corpus.jsonl", rows)
    settings = Settings(tokenizer=model, against=("vantora",), shard_mb=0.5, near=0.8)
    built = build([source], tmp_path / "out", settings, workers=1)
    found = PLANT["measured"](tmp_path / "out", planted)
    assert found["recall"] >= 0.95
    assert found["precision"] >= 0.99
    assert found["questions found"] == 1.0
    assert built.sheet.boilerplate == 1  # the footer, and no line that duplicates brought
    reasons = {reason: row.count for reason, row in built.sheet.dropped.items()}
    kept = {i for row in shards(tmp_path / "out") for i in row["document_ids"]}
    assert len(rows) == len(kept) + sum(reasons.values()) == built.sheet.records


def test_three_token_questions_do_not_collapse_into_one(tmp_path: Path, model: str) -> None:
    rows = [
        {"id": f"q{n}", "question": f"Who made {thing}?", "answers": [f"{thing} is from Tarn."]}
        for n, thing in enumerate(("it", "that", "this", "Ulra", "Obbo"))
    ]
    rows.append({**rows[0], "id": "again"})
    rows.append({"id": "other answer", "question": "Who made it?", "answers": ["Nobody."]})
    long = [{"id": f"t{n}", "text": f"{'Long and the same. ' * 20} It costs {n} dollars."}
            for n in range(2)]  # fmt: skip
    build([jsonl(tmp_path / "a.jsonl", rows + long)], tmp_path / "out", Settings(tokenizer=model),
          workers=1)  # fmt: skip
    assert [(row["document_id"], row["detail"]) for row in dropped(tmp_path / "out")] == [
        ("again", "of q0"),
    ]


def test_rows_of_documents_and_pairs_go_through_every_kind_of_source(
    tmp_path: Path, model: str
) -> None:
    [a, b, c, d] = documents(4)
    one, two = tmp_path / "a.jsonl", tmp_path / "b.jsonl.gz"
    jsonl(one, [a, {"id": "q", "question": "Where?", "answers": ["Tarn."], "gold": ["d0"]}])
    two.write_bytes(gzip.compress((json.dumps(b) + "\n").encode()))
    pq.write_table(
        pa.Table.from_pylist([{"name": "d2", "body": c["text"]}]), tmp_path / "c.parquet"
    )
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "d.txt").write_text(d["text"], encoding="utf-8")
    settings = Settings(tokenizer=model, dev_share=0.0)
    sources = [str(one), str(two), str(tmp_path / "texts"), "tiny"]
    build(sources, tmp_path / "out", settings, workers=1)
    found = {row["document_ids"][0] for row in shards(tmp_path / "out")}
    tiny = data.load("tiny")
    assert {"d0", "q", "d1", "d.txt", tiny.corpus[0].id, tiny.split("train")[0].id} <= found
    assert not found & {question.id for question in tiny.test}
    mapped = Settings(tokenizer=model, columns={"id": "name", "text": "body"})
    build([str(tmp_path / "c.parquet")], tmp_path / "mapped", mapped, workers=1)
    [row] = shards(tmp_path / "mapped")
    assert row["document_ids"] == ["d2"]
    assert row["source_sha256"] == [hashlib.sha256(c["text"].encode()).hexdigest()]
    assert row["labels"] == row["input_ids"]


def test_shards_load_with_datasets(tmp_path: Path, model: str) -> None:
    from datasets import load_dataset

    settings = Settings(tokenizer=model, dev_share=0.3, pack=True)
    build([jsonl(tmp_path / "a.jsonl", documents(20))], tmp_path / "out", settings, workers=1)
    loaded = load_dataset(
        "parquet", data_dir=str(tmp_path / "out" / "shards"), cache_dir=str(tmp_path / "cache")
    )
    assert set(loaded) == {"train", "validation"}
    for row in loaded["train"]:
        assert len(row["input_ids"]) == len(row["labels"]) == sum(row["document_lengths"])
        assert len(row["document_ids"]) == len(row["document_lengths"])


def test_a_kill_changes_no_byte_and_a_finished_shard_is_not_made_again(
    tmp_path: Path, model: str
) -> None:
    source = jsonl(tmp_path / "a.jsonl", documents(300) + documents(40))
    settings = {"tokenizer": model, "shard_mb": 0.004}
    build([source], tmp_path / "whole", Settings.model_validate(settings), workers=1)
    config = tmp_path / "build.yaml"
    config.write_text(json.dumps(settings), encoding="utf-8")
    out = tmp_path / "killed"
    command = [sys.executable, "-m", "harness", "data", "build", source, "--out", str(out),
               "--config", str(config), "--workers", "1"]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    limit = monotonic() + 60
    while len(list(out.glob("work/counts-2/*"))) < 3 and monotonic() < limit:
        sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    before = {p: p.stat().st_mtime_ns for p in out.glob("shards/*.parquet")}
    assert 3 <= len(before) < len(list((tmp_path / "whole" / "shards").iterdir()))
    build([source], out, Settings.model_validate(settings), workers=1)
    done = {p.name for p in before}
    again = {p.name for p, at in before.items() if p.stat().st_mtime_ns != at}
    assert len(again) <= 2 < len(done)  # the shard that was being written may be made again
    assert contents(out) == contents(tmp_path / "whole")
    assert not (out / "work").exists()


def test_a_build_that_is_done_is_left_alone_and_another_is_refused(
    tmp_path: Path, model: str
) -> None:
    source, out = jsonl(tmp_path / "a.jsonl", documents(9)), tmp_path / "out"
    assert build([source], out, Settings(tokenizer=model), workers=1).fresh
    before = contents(out)
    assert not build([source], out, Settings(tokenizer=model), workers=1).fresh
    assert contents(out) == before
    with pytest.raises(ArtefactError, match="it differs in settings; choose another --out"):
        build([source], out, Settings(tokenizer=model, near=0.9), workers=1)
    jsonl(tmp_path / "a.jsonl", documents(8))
    with pytest.raises(ArtefactError, match="it differs in sources"):
        build([source], out, Settings(tokenizer=model), workers=1)


def test_the_sheet_says_what_was_dropped_and_why(tmp_path: Path, model: str) -> None:
    rows = [*documents(3), {"id": "short", "text": "two words"}, {**documents(1)[0], "id": "copy"}]
    rows[1]["text"] += " write to a@b.org"
    source = jsonl(tmp_path / "a.jsonl", rows)
    settings = Settings(tokenizer=model, licences={source: "CC0, somewhere"})
    built = build([source], tmp_path / "out", settings, workers=1)
    assert built.sheet.personal == {"email": 1}
    sheet = (tmp_path / "out" / "datasheet.md").read_text(encoding="utf-8")
    for line in (
        "| CC0, somewhere |",
        "### duplicate: 1",
        "a.jsonl:5 `copy` of d0: word0 word1",
        "a.jsonl:4 `short` 2 words, at least 3: two words",
        "| email | 1 |",
        '"near": 0.8',
    ):
        assert line in sheet
    assert json.loads((tmp_path / "out" / "datasheet.json").read_text())["records"] == 5
    speeds = json.loads((tmp_path / "out" / "throughput.json").read_text())
    assert speeds[-1]["stage"] == "all, 1 workers"
    assert all(row["gigabytes_per_hour"] for row in speeds if row["documents"])


BAD: list[tuple[bytes, str]] = [
    (b'{"text": "a b c"}\n{"text": \n', r"a.jsonl:2: broken JSON"),
    (b'{"text": "a b c"}\n{"text": "\xff"}\n', r"a.jsonl:2: not UTF-8 \(byte 0xff\)"),
    (b'{"text": "a b c"}\n[1]\n', r"a.jsonl:2: a JSON list where a row"),
    (b'{"text": "a b c"}\n{"body": "x"}\n', r"a.jsonl:2: neither a text nor a question"),
    (b'{"text": "a b c"}\n{"text": "\\ud800"}\n', r"a.jsonl:2: broken JSON \(half of"),
]


@pytest.mark.parametrize(("content", "message"), BAD, ids=[m for _, m in BAD])
def test_a_row_that_cannot_be_read_stops_the_build_or_is_counted(
    content: bytes, message: str, tmp_path: Path, model: str
) -> None:
    (tmp_path / "a.jsonl").write_bytes(content)
    source = str(tmp_path / "a.jsonl")
    with pytest.raises(DataError, match=message):
        build([source], tmp_path / "out", Settings(tokenizer=model), workers=1)
    skipping = Settings(tokenizer=model, bad_rows="skip")
    built = build([source], tmp_path / "skipped", skipping, workers=1)
    assert built.sheet.records == 2
    [row] = dropped(tmp_path / "skipped")
    assert row["reason"] == "unreadable"
    assert row["place"].endswith("a.jsonl:2")


def test_workers_give_results_in_order_and_their_errors() -> None:
    squares = [n * n for n in range(50)]
    assert list(spread(math.isqrt, squares, 2)) == list(range(50))
    with pytest.raises(DataError, match=r"no/such: no such file or folder"):
        list(spread(locate, ["tiny", "no/such", "tiny"], 2))
    with pytest.raises(HarnessError, match="a worker was killed"):
        list(spread(os._exit, [9], 2))


@pytest.mark.slow
def test_the_number_of_workers_changes_no_byte(tmp_path: Path, model: str) -> None:
    source = jsonl(tmp_path / "a.jsonl", documents(400) + documents(40))
    settings = Settings(tokenizer=model, shard_mb=0.01)
    for workers in (1, 2):
        build([source], tmp_path / f"{workers}", settings, workers=workers)
    assert contents(tmp_path / "1") == contents(tmp_path / "2")


def test_sources_without_anything_to_read_are_refused(tmp_path: Path, model: str) -> None:
    settings = Settings(tokenizer=model)
    (tmp_path / "empty.jsonl").touch()
    with pytest.raises(DataError, match="the corpus is empty"):
        build([str(tmp_path / "empty.jsonl")], tmp_path / "a", settings, workers=1)
    short = jsonl(tmp_path / "short.jsonl", [{"text": "two words"}])
    with pytest.raises(DataError, match="nothing is left of 1 records"):
        build([short], tmp_path / "b", settings, workers=1)
    (tmp_path / "folder").mkdir()
    with pytest.raises(DataError, match="nothing here that can be read"):
        build([str(tmp_path / "folder")], tmp_path / "c", settings, workers=1)
    with pytest.raises(DataError, match="no such file or folder"):
        build([str(tmp_path / "none.jsonl")], tmp_path / "d", settings, workers=1)
    (tmp_path / "torn.jsonl.gz").write_bytes(gzip.compress(b'{"text": "a"}\n' * 99)[:-9])
    with pytest.raises(DataError, match=r"torn.jsonl.gz:\d+: broken gzip file"):
        build([str(tmp_path / "torn.jsonl.gz")], tmp_path / "e", settings, workers=1)


def test_settings_that_make_no_sense_are_refused(tmp_path: Path, model: str) -> None:
    source = jsonl(tmp_path / "a.jsonl", documents(2))
    (tmp_path / "build.yaml").write_text("nearr: 0.9\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"build.yaml: unknown key 'nearr'; did you mean 'near'"):
        load_settings(tmp_path / "build.yaml", {})
    with pytest.raises(ModelError, match="no such model folder"):
        build([source], tmp_path / "a", Settings(tokenizer="./none"), workers=1)
    lfm2 = make_model(tmp_path / "lfm2", "lfm2")
    with pytest.raises(ModelError, match="leave out --pack"):
        build([source], tmp_path / "b", Settings(tokenizer=str(lfm2), pack=True), workers=1)


def test_a_full_disk_is_one_line(
    tmp_path: Path, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    source = jsonl(tmp_path / "a.jsonl", documents(2))
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StorageError, match="No space left on device; free some space"):
        build([source], tmp_path / "out", Settings(tokenizer=model), workers=1)


def test_rates_stand_apart_and_a_stage_without_work_has_none(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _print(
        [
            Speed("read", 18, 0.001, 51795.2, 43.88),
            Speed("test questions", 18, 0.0, 4132232.0, 112948.8),
            Speed("length", 3, 0.0, 369777.0, 273.78),
            Speed("test questions, by meaning", 0, 0.0, None, None),
            Speed("tokens", 18_000_000_000, 9e6, 2000.0, 112948.8, 123456789.0),
        ]
    )
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows == [
        ["stage", "records", "docs/s", "GB/h", "tokens/s"],
        ["read", "18", "51,795", "43.9"],
        ["test", "questions", "18", "–", "–"],
        ["length", "3", "–", "–"],
        ["test", "questions,", "by", "meaning", "0", "–", "–"],
        ["tokens", "18,000,000,000", "2,000", "112,948.8", "123,456,789"],
    ]


def test_the_command_prints_rates_and_where_it_wrote(tmp_path: Path, model: str) -> None:
    source = jsonl(tmp_path / "a.jsonl", documents(30))
    command = ["data", "build", source, "--out", str(tmp_path / "out"), "--workers", "1"]
    done = CliRunner().invoke(app, [*command, "--tokenizer", model])
    assert done.exit_code == 0, done.output
    assert "docs/s" in done.stdout
    assert "30 records in" in done.stdout
    again = CliRunner().invoke(app, [*command, "--tokenizer", model])
    assert "nothing to do" in again.stdout
    other = CliRunner().invoke(app, [*command, "--tokenizer", "./none"])
    assert other.exit_code == 2
