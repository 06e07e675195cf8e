"""Training one arm's weights without answering: `harness train`."""

import json
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from harness import runner
from harness.cli import app
from harness.config.overrides import Options
from harness.errors import ArtefactError, ConfigError
from harness.fitting import fit
from tests.models import make_model

BENCHMARK = """
dataset: tiny
model: {{type: transformers, path: {model}, batch_size: 8}}
retriever: {{type: bm25, chunker: {{type: recursive, tokens: 64, overlap: 8}}}}
weights:
  qa:   {{type: lora, r: 4, sees: question}}
  open: {{type: lora, r: 4, sees: passages, distractors: 1}}
decoding: {{greedy: {{max_tokens: 4}}}}
arms:
  base:       {{}}
  fine-tuned: {{weights: qa}}
  hybrid:     {{weights: open, context: {{type: retrieved, k: 2}}}}
  theirs:     {{type: external, callable: "tests.test_end_to_end:say_tarn"}}
training: {{tokens_per_weights: 600}}
latency: {{questions: 0}}
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fitting")
    path = folder / "small.yaml"
    path.write_text(BENCHMARK.format(model=make_model(folder / "model", "lfm2")))
    return path


def test_a_run_finds_the_weights_that_were_trained_before(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    [(folder, run)] = fit(file, "fine-tuned", Options(out=out, device="cpu"))
    assert run.usd == pytest.approx(run.seconds * torch.get_num_threads() / 3600 * 0.0408)
    before = {p: p.stat().st_mtime_ns for p in folder.iterdir()}
    options = Options(out=out, device="cpu", only=("base", "fine-tuned"), limit=4)
    finished = runner.run(file, options)
    assert {p: p.stat().st_mtime_ns for p in folder.iterdir()} == before
    assert list(finished.records.training) == [run]
    assert [p.name for p in (out / "artefacts").glob("weights-*")] == [folder.name]
    assert [p.chosen for p in finished.records.training_curve].count(True) == 1


def test_weights_that_read_passages_bring_their_index_and_every_seed_its_own(
    file: Path, tmp_path: Path
) -> None:
    made = fit(file, "hybrid", Options(out=tmp_path, device="cpu", seeds=(3, 5)))
    assert [run.seed for _, run in made] == [3, 5]
    assert len({folder for folder, _ in made}) == 2
    assert list((tmp_path / "artefacts").glob("index-*"))
    assert not (tmp_path / "run.json").exists()


def test_the_command_prints_the_table_and_the_folder_and_trains_once(
    file: Path, tmp_path: Path
) -> None:
    command = ["train", str(file), "--arm", "fine-tuned", "--out", str(tmp_path)]
    first = CliRunner().invoke(app, [*command, "--device", "cpu"])
    assert first.exit_code == 0, first.output
    [folder] = (tmp_path / "artefacts").glob("weights-*")
    assert "lora r=4" in first.stdout
    assert folder.name in first.stdout.replace("\n", "")
    again = CliRunner().invoke(app, [*command, "--device", "cpu", "--json"])
    assert f"nothing to train: {folder} is there" in again.stderr
    [row] = json.loads(again.stdout)
    assert row["folder"] == str(folder)
    assert row["trainable_parameters"] > 0


@pytest.mark.parametrize(
    ("arm", "says"),
    [
        ("fine-tunde", "did you mean 'fine-tuned'?"),
        ("base", "base weights, so there is nothing to train; arms with trained weights: fine-"),
        ("theirs", "what is not ours, so there is nothing to train"),
    ],
)
def test_an_arm_that_is_not_trained_is_refused(arm: str, says: str, file: Path) -> None:
    with pytest.raises(ConfigError, match=says):
        fit(file, arm, Options(out=file.parent / "never"))
    assert not (file.parent / "never").exists()


def test_the_folder_of_another_run_is_refused(file: Path, tmp_path: Path) -> None:
    identity = {"identity": {"dataset": "another"}, "complete": False}
    (tmp_path / "run.json").write_text(json.dumps(identity))
    with pytest.raises(ArtefactError, match="holds another run"):
        fit(file, "fine-tuned", Options(out=tmp_path, device="cpu"))
