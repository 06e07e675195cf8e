"""What contains a document, and what documents something contains: on a run of real stages."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from harness import data
from harness.cli import app
from harness.config.overrides import Options
from harness.errors import ArtefactError, DataError
from harness.lineage.trace import Trace, documents_in_model, documents_in_run, trace
from harness.pipeline.build import build
from harness.pipeline.settings import Settings
from harness.runner import run
from harness.types import QuestionSet
from tests.models import make_model

BENCHMARK = """
dataset: tiny
model: {{type: transformers, path: {model}, batch_size: 8}}
retriever: {{type: bm25, without: [dev], chunker: {{type: recursive, tokens: 64, overlap: 8}}}}
weights:
  qa:   {{type: lora, r: 2, sees: question}}
  docs: {{type: lora, r: 2, sees: [documents, question]}}
  open: {{type: lora, r: 2, sees: passages, distractors: 1}}
decoding: {{greedy: {{max_tokens: 2}}}}
training: {{tokens_per_weights: 500}}
arms:
  rag:        {{context: {{type: retrieved, k: 1}}}}
  fine-tuned: {{weights: qa}}
  read:       {{weights: docs}}
  hybrid:     {{weights: open, context: {{type: retrieved, k: 1}}}}
metrics: {{primary: contains}}
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lineage")
    path = folder / "small.yaml"
    model = make_model(folder / "model", "llama")
    path.write_text(BENCHMARK.format(model=model))
    run(path, Options(out=folder / "results" / "small", device="cpu", limit=20))
    shutil.rmtree(model)  # lineage needs no model
    return folder / "results"


@pytest.fixture(scope="module")
def tiny() -> QuestionSet:
    return data.load("tiny")


def by_label(found: list[Trace]) -> dict[str, Trace]:
    """Weights by their label in the file."""
    return {
        json.loads((Path(row.folder) / "training.json").read_text())["weights"]: row
        for row in found
        if row.kind == "weights"
    }


def test_a_document_is_found_in_chunks_index_weights_answers_and_run(
    results: Path, tiny: QuestionSet
) -> None:
    trained = tiny.split("train")[0]
    [document] = trained.gold
    found = trace(document, [results])
    kinds = {row.kind for row in found}
    assert {"chunks", "index", "rankings", "weights", "run"} <= kinds
    weights = by_label(found)
    assert set(weights) == {"qa", "docs", "open"}
    assert f"question example 0, question {trained.id}: in what it learns" in weights["qa"].where
    assert any(where.startswith("documents example") for where in weights["docs"].where)
    assert any(where.endswith("in its passages") for where in weights["open"].where)
    [chunks] = [row for row in found if row.kind == "chunks"]
    assert all(where.startswith(f"chunk {document}:0-") for where in chunks.where[:1])
    [whole] = [row for row in found if row.kind == "run"]
    assert whole.folder == str(results / "small")
    assert {Path(row.folder).name for row in found if row.kind != "run"} == set(whole.where)


def test_weights_that_saw_no_documents_hold_those_of_their_questions_only(
    results: Path, tiny: QuestionSet
) -> None:
    asked = [q for q in tiny.split("train", "dev-seen", "dev-new") if q.answerable]
    gold = {document for question in asked for document in question.gold}
    for document in tiny.corpus:
        weights = by_label(trace(document.id, [results]))
        assert "docs" in weights  # every document of the corpus was read
        assert ("qa" in weights) <= (document.id in gold)
    tested = {d for q in tiny.test for d in q.gold} - gold
    assert tested  # or the line above would say little


def test_answers_hold_what_was_in_their_prompt(results: Path) -> None:
    rows: list[dict[str, Any]] = [
        json.loads(line)
        for line in (results / "small/predictions/rag.jsonl").read_text().splitlines()
    ]
    read = next(row for row in rows if row["passages"])
    document = read["passages"][0].rpartition(":")[0]
    places = [w for t in trace(document, [results]) if t.kind == "answers" for w in t.where]
    assert f"read by rag for question {read['question_id']}" in places


def test_a_document_left_out_of_the_index_is_in_the_chunks_alone(
    results: Path, tiny: QuestionSet
) -> None:
    [index] = (results / "small" / "artefacts").glob("index-*")
    lines = (index / "indexed.jsonl").read_text(encoding="utf-8").splitlines()
    left = {json.loads(line)["chunk"] for line in lines}
    out = {d.id for d in tiny.corpus} - {chunk.rpartition(":")[0] for chunk in left}
    assert out
    for document in out:
        kinds = {row.kind for row in trace(document, [results])}
        assert "chunks" in kinds
        assert not {"index", "rankings", "answers"} & kinds


def test_an_adapter_says_what_it_was_trained_on_wherever_it_is(
    results: Path, tmp_path: Path, tiny: QuestionSet
) -> None:
    document = tiny.split("train")[0].gold[0]
    folder = Path(by_label(trace(document, [results]))["qa"].folder)
    copy = tmp_path / "elsewhere" / "adapter"
    shutil.copytree(folder, copy)
    (copy / "made_of.json").unlink()  # what a person may well leave behind
    there = [(row.document, row.where) for row in documents_in_model(copy)]
    assert there == [(row.document, row.where) for row in documents_in_model(folder)]
    assert document in {name for name, _ in there}
    assert [row.folder for row in trace(document, [tmp_path])] == [str(copy)]


def test_a_run_lists_the_documents_of_each_artefact(results: Path, tiny: QuestionSet) -> None:
    found = documents_in_run(results / "small")
    chunked = {row.document for row in found if row.kind == "chunks"}
    assert chunked == {document.id for document in tiny.corpus}
    for row in found:  # both ways agree
        if row.kind == "weights":
            assert row in trace(row.document, [results])


def test_a_document_is_found_in_the_shards_of_a_build(tmp_path: Path) -> None:
    model = make_model(tmp_path / "model", "llama")
    text = "The pump is made in Tarn and sold by nobody."
    rows = [{"id": "one", "text": text}, {"id": "two", "text": text}]
    source = tmp_path / "a.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    settings = Settings(tokenizer=str(model), dev_share=0.0)
    build([str(source)], tmp_path / "out", settings, workers=1)
    [one] = trace("one", [tmp_path])
    assert (one.kind, one.where) == ("build", ("shard train-00000.parquet, row 0",))
    [two] = trace("two", [tmp_path])
    assert two.where == ("dropped, 00000.parquet: duplicate of one",)


def test_the_command_answers_both_ways(results: Path, tiny: QuestionSet) -> None:
    document = tiny.split("train")[0].gold[0]

    def told(*words: str) -> Any:
        return CliRunner().invoke(app, ["lineage", *words])

    there = told(document, "--in", str(results))
    assert there.exit_code == 0, there.output
    assert f"run      {results / 'small'}: " in there.stdout
    back = told("--run", str(results / "small"))
    assert f"  {document}: chunk {document}:0-" in back.stdout
    folder = by_label(trace(document, [results]))["qa"].folder
    model = told("--model", folder, "--json")
    assert document in {row["document"] for row in json.loads(model.stdout)}
    assert told("nobody", "--in", str(results)).exit_code == 1
    assert json.loads(told("nobody", "--in", str(results), "--json").stdout) == []
    assert told(document, "--run", str(results)).exit_code == 2
    assert told(document, "--in", str(results / "none")).exit_code == 2


def test_a_document_that_nothing_contains_is_answered_with_a_guess(
    results: Path, tiny: QuestionSet, tmp_path: Path
) -> None:
    document = tiny.split("train")[0].gold[0]

    def told(name: str, place: Path) -> str:
        return CliRunner().invoke(app, ["lineage", name, "--in", str(place)]).stdout

    assert told(f"{document}x", results) == f"nothing: {document}x; did you mean {document!r}?\n"
    known = sorted(d.id for d in tiny.corpus)
    rest = f"{', '.join(known[:3])} and {len(known) - 3} more\n"
    assert told("%%%", results) == f"nothing: %%%; documents here are {rest}"
    assert told(document, tmp_path) == "nothing here contains a document\n"


def test_what_cannot_be_traced_says_so(results: Path, tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="nobody knows what went into it"):
        documents_in_model(tmp_path)
    with pytest.raises(ArtefactError, match="no run here"):
        documents_in_run(tmp_path)
    with pytest.raises(DataError, match="no such folder"):
        documents_in_model(tmp_path / "none")
    [index] = (results / "small" / "artefacts").glob("index-*")
    shutil.copytree(index, tmp_path / index.name)
    with pytest.raises(ArtefactError, match="is not beside it"):
        trace("x", [tmp_path])
