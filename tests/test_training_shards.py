"""A build of `harness data build` as what a set of weights is trained on."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from harness import data
from harness.cli import app
from harness.config.load import load_benchmark
from harness.config.records import Benchmark
from harness.errors import ConfigError, DataError
from harness.generation.rendering import Rendering
from harness.pipeline.build import build
from harness.pipeline.settings import Settings
from harness.text.prompt import TEMPLATES
from harness.training.examples import Writer, document_examples, question_examples
from harness.training.rows import rows
from harness.training.shards import Split, check_build, shard_examples
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


def in_build(ids: set[str], split: Split, folder: Path) -> set[Any]:
    made = shard_examples(folder, split)
    assert all(len(example.documents) == 1 for example in made)
    return {(e.ids, e.labels) for e in made if e.documents[0] in ids}


def test_rows_of_a_build_are_those_that_questions_and_documents_make(
    built: Path, model: str
) -> None:
    rendering = Rendering.of(model)
    tiny = data.load("tiny")
    writer = Writer(rendering, TEMPLATES["plain"].messages)
    usable: list[Question] = [q for q in tiny.split("train") if q.answerable]
    for ids, examples in (
        ({q.id for q in usable}, question_examples(usable, writer)),
        ({d.id for d in tiny.corpus}, document_examples(tiny.corpus)),
    ):
        ours = {(row.ids, row.labels) for row in rows(examples, rendering)[0]}
        train, dev = in_build(ids, "train", built), in_build(ids, "dev", built)
        assert train
        assert dev
        assert train | dev <= ours


def test_packed_documents_are_trained_on_one_by_one(
    tmp_path: Path, built: Path, model: str
) -> None:
    settings = Settings(tokenizer=model, dev_share=0.2, pack=True, **KEEPS_ALL)
    build(["tiny"], tmp_path, settings, workers=1)
    together, alone = (shard_examples(folder, "train") for folder in (tmp_path, built))
    assert [e.ids for e in together] == [e.ids for e in alone]
    # the first label of a document is never learned: nothing stands before it
    assert [e.labels[1:] for e in together] == [e.labels[1:] for e in alone]


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
    held = {d for e in shard_examples(built, "train") for d in e.documents}
    assert {d for row in shown if row["phase"] == "shards" for d in row["documents"]} == held


def test_shards_of_another_vocabulary_and_folders_without_a_build_are_refused(
    tmp_path: Path, built: Path, model: str
) -> None:
    plain = TEMPLATES["plain"]
    with pytest.raises(DataError, match="are not those of this model"):
        check_build(built, Rendering.of("pocket"), plain)
    with pytest.raises(DataError, match="no finished build"):
        check_build(tmp_path, Rendering.of("pocket"), plain)
    with pytest.raises(DataError, match="put by the template 'plain', and these weights are asked"):
        check_build(built, Rendering.of(model), TEMPLATES["instruct"])
    file = tmp_path / "b.yaml"
    file.write_text(BENCHMARK.format(model="pocket", shards=built))
    result = CliRunner().invoke(app, ["run", str(file), "--out", str(tmp_path / "out")])
    assert result.exit_code != 0
    assert "build again with `--tokenizer`" in " ".join(result.output.split())
    assert not list(tmp_path.glob("out/artefacts/weights-*"))


def test_a_build_with_test_questions_is_not_trained_on(tmp_path: Path, model: str) -> None:
    tiny = data.load("tiny")
    pairs = [
        {"id": q.id, "question": q.text, "answers": list(q.answers)} for q in tiny.test if q.answers
    ]
    source = tmp_path / "pairs.jsonl"
    source.write_text("".join(json.dumps(pair) + "\n" for pair in pairs))
    settings = Settings(tokenizer=model, dev_share=0.0, **KEEPS_ALL)
    build([str(source)], tmp_path / "build", settings, workers=1)
    file = tmp_path / "b.yaml"
    file.write_text(BENCHMARK.format(model=model, shards=tmp_path / "build"))
    result = CliRunner().invoke(app, ["run", str(file), "--out", str(tmp_path / "out")])
    assert result.exit_code != 0
    assert f"{len(pairs)} rows of" in " ".join(result.output.split())
    assert "answer dev or test questions of tiny" in " ".join(result.output.split())


def test_a_build_that_is_damaged_is_one_line(tmp_path: Path, built: Path) -> None:
    broken = tmp_path / "build"
    shutil.copytree(built, broken)
    [shard] = (broken / "shards").glob("train-*.parquet")
    shard.write_bytes(shard.read_bytes()[:-40])
    with pytest.raises(DataError, match="damaged"):
        shard_examples(broken, "train")
    shard.unlink()
    with pytest.raises(DataError, match="0 rows of train where its datasheet counts"):
        shard_examples(broken, "train")
    (broken / "datasheet.json").write_text('{"rows": ')
    with pytest.raises(DataError, match=r"datasheet\.json: damaged"):
        check_build(broken, Rendering.of("pocket"), TEMPLATES["plain"])


def test_a_model_with_options_of_its_chat_template_is_built_for_with_them(tmp_path: Path) -> None:
    chat = "{% if loud %}LOUD {% endif %}{{ messages[0].content }}"
    model = make_model(tmp_path / "llama", "llama", chat=chat)
    options: dict[str, str | bool] = {"loud": True}
    for name, given in (("with", options), ("without", {})):
        settings = Settings(tokenizer=str(model), template_options=given, **KEEPS_ALL)
        build(["tiny"], tmp_path / name, settings, workers=1)
    rendering = Rendering.of(str(model), options)
    check_build(tmp_path / "with", rendering, TEMPLATES["plain"])
    with pytest.raises(DataError, match="template_options are not those of this model"):
        check_build(tmp_path / "without", rendering, TEMPLATES["plain"])
    read = [rendering.decode(row.prompt) for row in shard_examples(tmp_path / "with", "train")]
    assert any(text.startswith("LOUD Question:") for text in read)


def test_an_answer_with_a_mark_of_turns_is_dropped(tmp_path: Path, model: str) -> None:
    end = Rendering.of(model).tokenizer.eos_token
    pairs = [{"question": f"Where is pump {n}?", "answers": ["In Tarn."]} for n in range(9)]
    pairs.append({"question": "Where is the end?", "answers": [f"In Tarn.{end} In Norvik."]})
    source = tmp_path / "pairs.jsonl"
    source.write_text("".join(json.dumps(pair) + "\n" for pair in pairs))
    settings = Settings(tokenizer=model, dev_share=0.0, **KEEPS_ALL)
    made = build([str(source)], tmp_path / "build", settings, workers=1)
    assert made.sheet.dropped["mark of a turn in the answer"].count == 1
    assert len(shard_examples(tmp_path / "build", "train")) == 9


@pytest.mark.parametrize(
    ("weights", "why"),
    [
        ("built: {sees: shards}", "go together"),
        ("built: {sees: question, shards: x}", "go together"),
        ("q: {sees: question}, built: {from: q, shards: x}", "go together"),
        ("q: {sees: question}, built: {from: q, sees: shards}", "go together"),
        ("built: {sees: shards, shards: x, rows: 9}", "about questions"),
    ],
)
def test_sees_and_shards_go_together(weights: str, why: str, tmp_path: Path, model: str) -> None:
    assert loaded(tmp_path, model, weights, why) is None


def test_what_goes_on_from_shards_takes_over_where_they_are(tmp_path: Path, model: str) -> None:
    more = "a: {sees: shards, shards: x}, b: {from: a}, built: {from: a, sees: question}"
    benchmark = loaded(tmp_path, model, more)
    assert benchmark is not None
    assert [benchmark.weights[name].shards for name in ("a", "b", "built")] == ["x", "x", ""]


def test_preference_training_asks_questions(tmp_path: Path, built: Path, model: str) -> None:
    pytest.importorskip("trl")
    file = tmp_path / "b.yaml"
    text = BENCHMARK.format(model=model, shards=built)
    file.write_text(text.replace("weights: {built:", "weights: {built: {type: dpo, from: a}, a:"))
    result = CliRunner().invoke(app, ["run", str(file), "--out", str(tmp_path / "out")])
    assert result.exit_code != 0
    assert "these weights see shards last" in " ".join(result.output.split())
    assert not list(tmp_path.glob("out/artefacts/weights-*"))


def loaded(folder: Path, model: str, weights: str, refused: str = "") -> Benchmark | None:
    file = folder / "b.yaml"
    text = BENCHMARK.format(model=model, shards="x")
    file.write_text(re.sub("weights: {built: .*}}", f"weights: {{{weights}}}", text, count=1))
    if not refused:
        return load_benchmark(file)
    with pytest.raises(ConfigError, match=refused):
        load_benchmark(file)
    return None
