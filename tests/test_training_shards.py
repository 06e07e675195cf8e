"""A build of `harness data build` as what a set of weights is trained on."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from harness import data
from harness.cli import app
from harness.errors import ConfigError, DataError
from harness.generation.rendering import Rendering
from harness.pipeline.build import build
from harness.pipeline.settings import Settings
from harness.text.prompt import TEMPLATES
from harness.training.examples import Writer, document_examples, question_examples
from harness.training.rows import rows
from harness.training.shards import shard_examples
from harness.types import Question
from tests.models import make_model

KEEPS_ALL: dict[str, Any] = {"min_words": 1, "near": 1.0, "boilerplate": 0, "overlap": 13}
BENCHMARK = """
dataset: tiny
model: {{path: {model}}}
weights: {{built: {{type: lora, r: 4, sees: shards, shards: {shards}}}}}
decoding: {{greedy: {{max_tokens: 4}}}}
arms: {{base: {{}}, built: {{weights: built}}}}
training: {{tokens_per_weights: 1500}}
latency: {{questions: 0}}
metrics: {{primary: contains, also: [rougeL]}}
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(make_model(tmp_path_factory.mktemp("m") / "llama", "llama"))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, model: str) -> Path:
    folder = tmp_path_factory.mktemp("build")
    build(["tiny"], folder, Settings(tokenizer=model, dev_share=0.2, **KEEPS_ALL), workers=1)
    return folder


def in_build(ids: set[str], split: str, folder: Path, rendering: Rendering) -> set[Any]:
    made = shard_examples(folder, "dev" if split == "dev" else "train", rendering)
    assert all(len(example.documents) == 1 for example in made)
    return {(e.ids, e.labels) for e in made if e.documents[0] in ids}


def test_rows_of_a_build_are_those_that_questions_and_documents_make(
    built: Path, model: str
) -> None:
    rendering = Rendering.of(model)
    tiny = data.load("tiny")
    writer = Writer(rendering, TEMPLATES["plain"].messages)
    usable: list[Question] = [q for q in tiny.split("train") if q.answerable]
    ours, _ = rows([*question_examples(usable, writer), *document_examples(tiny.corpus)], rendering)
    ids = {q.id for q in usable} | {d.id for d in tiny.corpus}
    theirs = set[Any]().union(*(in_build(ids, s, built, rendering) for s in ("train", "dev")))
    assert theirs
    assert theirs <= {(row.ids, row.labels) for row in ours}
    assert in_build(ids, "dev", built, rendering)


def test_packed_documents_are_trained_on_one_by_one(
    tmp_path: Path, built: Path, model: str
) -> None:
    settings = Settings(tokenizer=model, dev_share=0.2, pack=True, **KEEPS_ALL)
    build(["tiny"], tmp_path, settings, workers=1)
    rendering = Rendering.of(model)
    together, alone = (shard_examples(f, "train", rendering) for f in (tmp_path, built))
    assert [e.ids for e in together] == [e.ids for e in alone]


def test_weights_are_trained_on_shards_and_name_their_documents(
    tmp_path: Path, built: Path, model: str
) -> None:
    file = tmp_path / "shards.yaml"
    file.write_text(BENCHMARK.format(model=model, shards=built))
    out = tmp_path / "out"
    result = CliRunner().invoke(app, ["run", str(file), "--out", str(out), "--device", "cpu"])
    assert result.exit_code == 0, result.output
    [folder] = (out / "artefacts").glob("weights-*")
    record = json.loads((folder / "training.json").read_text())
    assert record["sees"] == "shards"
    assert record["tokens"] >= 1500
    assert record["dev_loss"] < record["base_dev_loss"]
    shown = [json.loads(line) for line in (folder / "lineage.jsonl").read_text().splitlines()]
    held = {d for e in shard_examples(built, "train", Rendering.of(model)) for d in e.documents}
    assert {d for row in shown if row["phase"] == "shards" for d in row["documents"]} == held


def test_shards_of_another_vocabulary_and_folders_without_a_build_are_refused(
    tmp_path: Path, built: Path
) -> None:
    with pytest.raises(DataError, match="whose vocabulary is not that of this model"):
        shard_examples(built, "train", Rendering.of("pocket"))
    with pytest.raises(DataError, match="no finished build"):
        shard_examples(tmp_path, "train", Rendering.of("pocket"))
    file = tmp_path / "b.yaml"
    file.write_text(BENCHMARK.format(model="pocket", shards=built))
    result = CliRunner().invoke(app, ["run", str(file), "--out", str(tmp_path / "out")])
    assert result.exit_code != 0
    assert "build again with `--tokenizer`" in " ".join(result.output.split())
    assert not list(tmp_path.glob("out/artefacts/weights-*"))


def test_sees_and_shards_go_together(tmp_path: Path, model: str) -> None:
    from harness.config.load import load_benchmark

    file = tmp_path / "b.yaml"
    for part in ("sees: shards", "sees: question, shards: folder"):
        text = BENCHMARK.format(model=model, shards="x")
        file.write_text(text.replace("sees: shards, shards: x", part))
        with pytest.raises(ConfigError, match="go together"):
            load_benchmark(file)
