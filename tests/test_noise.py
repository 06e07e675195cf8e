"""An arm against itself: on a real tiny model, and where the batch size does change texts."""

import csv
import io
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness import noise
from harness.cli import app
from harness.config.overrides import Options
from harness.errors import ConfigError
from harness.noise import TEXTS, noise_floor
from harness.types import Prediction
from tests.models import make_model

BENCHMARK = """
dataset: tiny
model: {{type: transformers, path: {model}, batch_size: 8}}
retriever: {{type: bm25, chunker: {{type: recursive, tokens: 64, overlap: 8}}}}
decoding: {{greedy: {{max_tokens: 4}}}}
arms:
  base:   {{}}
  rag:    {{context: {{type: retrieved, k: 2}}}}
  theirs: {{type: external, callable: "tests.test_end_to_end:say_tarn"}}
metrics: {{primary: contains, also: [rougeL, bleu, tokens_out, faithfulness_gold]}}
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("noise")
    path = folder / "small.yaml"
    path.write_text(BENCHMARK.format(model=make_model(folder / "model", "lfm2")))
    return path


def test_an_arm_in_other_batches_says_the_same(file: Path) -> None:
    out = file.parent / "out"
    done = CliRunner().invoke(app, ["aa", str(file), "--out", str(out), "--device", "cpu"])
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("rag against itself on ")
    assert "rag, batch 1 / rag, batch 8: 0.0% of the texts differ" in done.stdout
    assert "no test calls the arm better than itself" in done.stdout
    text = (out / "noise" / "noise.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    names = {(row["a"], row["b"]) for row in rows}
    assert names == {
        ("rag, batch 1", "rag, batch 8"),
        ("rag, batch 7", "rag, batch 8"),
        ("rag, batch 7", "rag, batch 1"),
    }
    # a judge has one verdict for one text: its metrics are left out
    assert {r["metric"] for r in rows} == {TEXTS, "contains", "rougeL", "bleu", "tokens_out"}
    assert float(rows[0]["high"]) > 0  # none differs among so many, which is not never


def test_what_was_asked_is_not_asked_again(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = Options(out=file.parent / "out", device="cpu")
    first = noise_floor(file, options)
    monkeypatch.setattr("harness.stages.predictions.Answers.fill", None)
    assert noise_floor(file, options) == first


def test_a_batch_that_changes_answers_is_found_out(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that answers right alone and wrong in company."""

    def moody(job, run, weights):  # type: ignore[no-untyped-def]
        size = job.benchmark.models[run.arm.model].options["batch_size"]
        texts = {q.id: q.answers[0] if size == 1 and q.answers else "?" for q in job.asked}

        class Moody:
            batch_size = size

            def answer_many(self, questions, contexts, stopwatch):  # type: ignore[no-untyped-def]
                return [Prediction(run.name, 0, q.split, q.id, texts[q.id]) for q in questions]

        return Moody()

    monkeypatch.setattr(noise, "answerer", moody)
    found = noise_floor(file, Options(out=file.parent / "moody", device="cpu"), "base")
    assert [row.difference != 0 for row in found.texts] == [True, False, True]
    assert {(r.a, r.b) for r in found.rejected} == {
        ("base, batch 1", "base, batch 8"),
        ("base, batch 7", "base, batch 1"),
    }


@pytest.mark.parametrize(
    ("arm", "line"),
    [("rog", "no arm is called 'rog'; did you mean 'rag'?"), ("theirs", "'theirs' is external")],
)
def test_an_arm_that_cannot_be_asked_is_one_line(file: Path, arm: str, line: str) -> None:
    with pytest.raises(ConfigError, match="--arm") as told:
        noise_floor(file, Options(out=file.parent / "never"), arm)
    assert line in str(told.value)
