"""Weights that go on from others, as a benchmark file names them: artefacts, costs, lineage."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.artefacts import Artefacts
from harness.config.load import load_benchmark
from harness.config.overrides import Options
from harness.errors import ConfigError, DataError
from harness.files import read_rows, write_rows
from harness.lineage.shown import FILE, Shown
from harness.lineage.trace import documents_in
from harness.preferences.grpo import Grpo
from harness.preferences.pairs import RankedPair
from harness.progress import Silent
from harness.runner import job_of
from harness.stages.cases import case
from harness.stages.chosen import chosen_metrics
from harness.stages.job import Job
from harness.stages.plan import planned
from harness.stages.rewards import rewards
from harness.stages.weights import train_all, trained
from harness.types import Prediction
from tests.models import make_model

BENCHMARK = """
dataset: {folder}/data
model: {{type: transformers, path: {folder}/model, batch_size: 8}}
retriever: {{type: bm25}}
weights:
  qa:   {{type: lora, r: 8, lr: 0.01, batch_size: 10, patience: 99, sees: question, tokens: 14000}}
  more: {{type: lora, r: 8, lr: 0.001, from: qa, tokens: 500}}
  dpo:  {{type: dpo, from: qa, lr: 0.003, samples: 4, max_tokens: 12, held_out: 0.3}}
  grpo: {{type: grpo, from: qa, lr: 0.003, samples: 4, max_tokens: 12, held_out: 0.3}}
arms:
  sft:  {{weights: qa}}
  dpo:  {{weights: dpo}}
  grpo: {{weights: grpo}}
training: {{tokens_per_weights: 4000}}
metrics: {{primary: contains}}
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("benchmark")
    make_model(folder / "model", "lfm2", width=64)
    splits = ["train"] * 40 + ["dev-seen"] * 4 + ["test-new"] * 4
    write_rows(
        folder / "data" / "corpus.jsonl",
        [
            {"id": f"d{n}", "title": f"Thing {n}", "text": f"It weighs {n} grams."}
            for n in range(48)
        ],
    )
    write_rows(
        folder / "data" / "questions.jsonl",
        [
            {
                "id": f"q{n}",
                "question": f"What does thing {n} weigh?",
                "answers": [f"It weighs {10 + 10 * (n % 3)} grams."],
                "values": [f"{10 + 10 * (n % 3)}"],
                "gold": [f"d{n}"],
                "split": split,
            }
            for n, split in enumerate(splits)
        ],
    )
    (folder / "small.yaml").write_text(BENCHMARK.format(folder=folder))
    return folder


def new_job(place: Path, out: Path, old: str = "", new: str = "") -> Job:
    path = place / "changed.yaml"
    path.write_text((place / "small.yaml").read_text().replace(old, new))
    return job_of(path, Options(out=out, device="cpu"), Silent())[1]


@pytest.fixture(scope="module")
def job(place: Path) -> Job:
    made = new_job(place, place / "out")
    train_all(made)
    return made


def record(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "training.json").read_text())
    return found


def test_pairs_are_made_once_for_all_methods(job: Job) -> None:
    kinds = [json.loads((path / "made_of.json").read_text())["kind"]
             for path in job.artefacts.root.iterdir()]  # fmt: skip
    assert sorted(kinds) == ["pairs", "reward", "weights", "weights", "weights"]


def test_every_step_that_led_to_weights_is_in_their_costs(job: Job) -> None:
    sft, dpo, grpo = (trained(job, label, 0) for label in ("qa", "dpo", "grpo"))
    for made, steps in (
        (dpo, {"pairs", "method"}),
        (grpo, {"pairs", "reward_model", "method"}),
    ):
        spent = record(made.folder)["spent"]
        assert set(spent) == steps
        assert all(part["tokens"] > 0 and part["seconds"] > 0 for part in spent.values())
        assert made.run.tokens == sum(part["tokens"] for part in spent.values())
        assert made.run.seconds == pytest.approx(sum(p["seconds"] for p in spent.values()))
        own = made.run.seconds * job.machines
        assert made.spent == pytest.approx({**sft.spent, made.folder.name: own})
        assert made.machine_seconds == pytest.approx(own + sft.machine_seconds)


def test_the_reward_model_says_how_often_it_ranks_held_out_pairs_right(job: Job) -> None:
    made = record(trained(job, "grpo", 0).folder)
    pairs = job.artefacts.root / made["made_with"]["pairs"] / "pairs.jsonl"
    held_out = [p for p in read_rows(pairs, RankedPair) if p.part == "held-out"]
    found = made["spent"]["reward_model"]["held_out"]
    assert found["pairs"] == len(held_out)
    assert 0 <= found["low"] <= found["accuracy"] <= found["high"] <= 1


def test_lineage_names_what_the_earlier_weights_were_shown(job: Job) -> None:
    phases = {row.phase for row in read_rows(trained(job, "dpo", 0).folder / FILE, Shown)}
    assert phases == {"qa question", "qa dev", "question", "dev"}


def test_lineage_names_the_documents_behind_pairs_and_reward_models(job: Job) -> None:
    made = record(trained(job, "grpo", 0).folder)["made_with"]
    pairs = job.artefacts.root / made["pairs"]
    asked = {
        row["asked"]["question"]["id"]
        for row in map(json.loads, (pairs / "answers.jsonl").read_text().splitlines())
    }
    documents = {f"d{question.removeprefix('q')}" for question in asked}
    for kind in ("pairs", "reward"):
        traces = documents_in(job.artefacts.root / made[{"reward": "reward_model"}.get(kind, kind)])
        assert {trace.kind for trace in traces} == {kind}
        assert {trace.document for trace in traces} == documents


def test_every_answer_has_a_reward_that_does_not_depend_on_the_others(job: Job) -> None:
    rate = rewards(job)
    question = job.questions.test[0]
    cases = [
        case(question, Prediction("sft", 0, "test-new", question.id, text), "none", (), {})
        for text in ("It weighs 10 grams.", "It weighs 20 grams.", "")
    ]
    together = rate(cases)
    assert len(set(together)) == 3
    assert [rate([one])[0] for one in cases] == pytest.approx(together, abs=1e-4)
    metrics = job.benchmark.metrics.model_copy(update={"also": ("reward",)})
    asking = replace(job, benchmark=job.benchmark.model_copy(update={"metrics": metrics}))
    metric = chosen_metrics(asking)["reward"]
    rows = np.array(metric.measure(cases), float)
    assert rows == pytest.approx(np.array([(value, 1.0) for value in together]), abs=1e-4)
    assert float(metric.reduce(rows.sum(axis=0))) == pytest.approx(sum(together) / 3, abs=1e-4)


def test_a_training_that_was_killed_goes_on_with_pairs_and_reward_model(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the weights nothing is left, of what was finished nothing is made again: same bytes."""
    made = trained(job, "grpo", 0).folder
    again = replace(job, artefacts=Artefacts(tmp_path))
    for path in job.artefacts.root.iterdir():
        if path != made:
            (tmp_path / path.name).symlink_to(path)

    def killed(self: Grpo, *args: object, **more: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Grpo, "learn", killed)
        with pytest.raises(KeyboardInterrupt):
            trained(again, "grpo", 0)
    assert not (tmp_path / made.name).exists()
    kept = trained(again, "grpo", 0).folder / "adapter_model.safetensors"
    assert kept.read_bytes() == (made / "adapter_model.safetensors").read_bytes()


def test_a_plan_names_the_weights_that_others_go_on_from(place: Path, tmp_path: Path) -> None:
    job = new_job(place, tmp_path, "  sft:  {weights: qa}\n", "")
    assert [(w.weights, w.tokens) for w in planned(job).weights] == [
        ("qa", 14_000),
        ("dpo", 4_000),
        ("grpo", 4_000),
    ]


def test_an_adapter_is_trained_further_on_its_own_terms(job: Job, place: Path) -> None:
    more = new_job(place, place / "out", "sft:  {weights: qa}", "sft:  {weights: more}")
    made = train_all(more)["more", 0]
    before = record(trained(job, "qa", 0).folder)
    assert made.run.base_dev_loss == pytest.approx(before["dev_loss"], abs=1e-5)
    own = made.run.seconds * job.machines
    assert made.machine_seconds == pytest.approx(own + trained(job, "qa", 0).machine_seconds)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("from: qa, tokens: 500", "from: qaa, tokens: 500", "weights.more.from: no weights is"),
        ("type: dpo, from: qa", "type: dpo, from: dpo", "weights.dpo.from: goes round in a circle"),
        ("from: qa, tokens: 500", "tokens: 500", "weights.more: say what they are trained on"),
        ("{type: dpo, from: qa", "{type: dpo, from: qa, model: x", "weights.dpo.model: 'qa' are"),
    ],
)
def test_a_wrong_from_is_named_with_its_line(place: Path, old: str, new: str, message: str) -> None:
    path = place / "wrong.yaml"
    path.write_text((place / "small.yaml").read_text().replace(old, new))
    with pytest.raises(ConfigError, match=rf"wrong.yaml:\d+: {message}"):
        load_benchmark(path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("type: dpo, from: qa", "type: dpo, sees: question", "weights.dpo: 'dpo' goes on from"),
        ("sft:  {weights: qa}", "sft:  {weights: more}", "weights.more: goes on from 'qa', which"),
    ],
)
def test_weights_that_cannot_be_gone_on_from_are_refused_first(
    place: Path, tmp_path: Path, old: str, new: str, message: str
) -> None:
    job = new_job(place, tmp_path, old, new)
    if "more" in new:
        changed = job.benchmark.weights["more"].model_copy(update={"type": "rslora"})
        weights = {**job.benchmark.weights, "more": changed}
        job = replace(job, benchmark=job.benchmark.model_copy(update={"weights": weights}))
    with pytest.raises(ConfigError, match=message):
        train_all(job)
    assert not list(tmp_path.rglob("training.json"))


def test_answers_that_never_differ_are_an_error_that_says_so(job: Job, place: Path) -> None:
    cold = new_job(place, place / "out", "type: dpo, from: qa", "type: dpo, from: qa, "
                   "temperature: 0.001")  # fmt: skip
    with pytest.raises(DataError, match=r"of 40 training questions \d+ got the same answer"):
        train_all(cold)


def test_a_reward_needs_a_reward_model(place: Path, tmp_path: Path) -> None:
    job = new_job(place, tmp_path, "  grpo: {weights: grpo}\n", "")
    with pytest.raises(ConfigError, match="'reward' needs an arm whose weights are trained"):
        rewards(job)


def test_config_survives_being_written_and_read(place: Path) -> None:
    benchmark = load_benchmark(place / "small.yaml")
    assert benchmark.weights["dpo"].sees == ("question",)
    assert benchmark.model_dump()["weights"]["dpo"]["from"] == "qa"
    assert type(benchmark).model_validate(benchmark.model_dump()) == benchmark
