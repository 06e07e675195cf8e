import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness import data, runner
from harness.artefacts import Artefacts
from harness.config.load import load_benchmark
from harness.config.overrides import Options, configured
from harness.config.settings import applied, value_at
from harness.costs.price_list import Price, PriceList
from harness.errors import ConfigError, DataError, HarnessError, ModelError
from harness.files import digest, read_rows, write_rows
from harness.progress import Silent
from harness.results import CostItem
from harness.stages import weights
from harness.stages.job import Job
from harness.stages.plan import as_text
from harness.stages.search_costs import ITEM, Search, Spent, with_searches
from harness.stages.tuning import tune
from harness.types import Prediction
from tests.models import make_model

FILE = """
dataset: {dataset}
model: {{type: transformers, path: {model}, batch_size: 8}}
retriever: {{type: bm25, chunker: {{type: recursive, tokens: 64, overlap: 8}}}}
weights:
  qa:   {{type: lora, r: 4, sees: question}}
  open: {{type: lora, r: 4, sees: passages, distractors: 1}}
decoding: {{greedy: {{max_tokens: 4}}}}
arms:
  base:       {{}}
  rag:        {{context: {{type: retrieved, k: 2}}}}
  reader:     {{context: {{type: retrieved, k: 4}}}}
  fine-tuned: {{weights: qa}}
  hybrid:     {{weights: open, context: {{type: retrieved, k: 4}}}}
tune:
  metric: tokens_out
  trials: 2
  arms:
    rag:        {{context.k: [3, 1], retriever.chunker.tokens: [32, 64]}}
    fine-tuned: {{weights.lr: [3e-2, 1e-3]}}
training: {{tokens_per_weights: 1000}}
latency: {{questions: 0}}
metrics: {{primary: rougeL}}
series:
  sizes: {{x: context.k, curves: {{readers: [rag, reader]}}, beside: [base]}}
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("models") / "lfm2", "lfm2")


def written(folder: Path, model: Path, *changes: tuple[str, str], dataset: str = "tiny") -> Path:
    text = FILE.format(model=model, dataset=dataset)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "small.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("context.k: [3", "contxt.k: [3", ":19: tune.arms.rag.contxt.k: there is no setting"),
        ("context.k: [3", "contxt.k: [3", "did you mean 'context.k'?"),
        ("context.k: [3", "context.kk: [3", "unknown key 'kk'; did you mean 'k'?"),
        ("chunker.tokens", "chunkr.tokens", "has no table 'chunkr'; did you mean 'chunker'?"),
        ("[3, 1]", "[3, 0]", ":19: tune.arms.rag.context.k: Input should be greater"),
        ("[3, 1]", "3", "rag: context.k: give a list of values to try"),
        ("[3, 1]", "[3, 3]", "rag: context.k: 3 stands twice"),
        ("    rag:     ", "    rga:     ", "no arm is called 'rga'; did you mean 'rag'?"),
        ("    rag:     ", "    base:    ", "'base' reads nothing, so it has no retriever"),
        ("weights.lr", "model.path", "there is no setting 'model.path'"),
        ("trials: 2", "trials: 3", "2 combinations for trials: 3, and every tuned arm gets as"),
        ("  trials: 2\n", "", "unequal numbers of combinations (rag 4, fine-tuned 2)"),
        ("trials: 2", "trails: 2", "unknown key 'trails'; did you mean 'trials'?"),
        ("x: context.k", "x: context.type", "is 'retrieved' and no number"),
        ("[rag, reader]", "[rag, base]", "series.sizes.curves.readers: arms 'rag'"),
        ("[rag, reader]", "[rag, readr]", "did you mean 'reader'?"),
        ("x: context.k", "x: retriever.kk", "and no number"),
        ("  sizes:", "  a/b:", "a series is called by letters"),
    ],
)
def test_a_mistake_in_what_is_to_be_tried_is_named(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    changes = [(old, new)]
    if message.endswith("arms 'rag'"):
        changes.append(("base:       {}", "base: {context: {type: retrieved, k: 2}}"))
    with pytest.raises(ConfigError) as error:
        load_benchmark(written(tmp_path, Path("pocket"), *changes))
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_setting_is_the_arms_own_and_goes_through_what_it_names(tmp_path: Path) -> None:
    before = load_benchmark(written(tmp_path, Path("pocket")))
    setting = {"context.k": 3, "retriever.chunker.tokens": 32, "weights.r": 8}
    after = applied(before, "hybrid", setting)
    assert [value_at(after, "hybrid", path) for path in setting] == [3, 32, 8]
    assert after.arms["rag"] == before.arms["rag"]
    assert after.weights["open"] == before.weights["open"]
    assert after.weights[after.arms["hybrid"].weights].retriever == "bm25@hybrid"
    assert set(after.weights) - set(before.weights) == {"open@hybrid"}


def test_what_a_file_already_says_is_not_copied(tmp_path: Path) -> None:
    before = load_benchmark(written(tmp_path, Path("pocket")))
    assert applied(before, "hybrid", {"weights.r": 4, "context.k": 4}) == before


def test_a_draw_of_combinations_is_seeded_and_every_arm_has_as_many(tmp_path: Path) -> None:
    tune = load_benchmark(written(tmp_path, Path("pocket"))).tune
    assert tune is not None
    found = tune.settings("rag")
    assert found == tune.settings("rag")
    assert all(setting in tune.grid("rag") for setting in found)
    assert {len(tune.settings(arm)) for arm in tune.arms} == {2}
    draws = {digest(tune.model_copy(update={"seed": n}).settings("rag")) for n in range(20)}
    assert len(draws) > 3


def test_only_some_arms_leave_the_rest_untuned(tmp_path: Path) -> None:
    benchmark = load_benchmark(written(tmp_path, Path("pocket")))
    left = configured(benchmark, Options(only=("rag", "base")))
    assert left.tune is not None
    assert list(left.tune.arms) == ["rag"]
    assert not left.series
    assert configured(benchmark, Options(only=("base",))).tune is None


PRICES = PriceList(
    "p", "cpu", {
        "cpu": Price("cpu", 3.6, "hour", "s", "d"),
        "gpt in": Price("gpt in", 1.0, "million tokens", "s", "d"),
        "gpt out": Price("gpt out", 2.0, "million tokens", "s", "d"),
    },
)  # fmt: skip


def test_a_search_is_billed_once_and_without_what_the_chosen_arm_is_billed_for() -> None:
    trials = [
        Spent({"weights a": 10, "index": 5}, {"answers 1": 1, "passages": 2}),
        Spent({"weights b": 20, "index": 5}, {"answers 2": 1, "passages": 2}),
    ]
    search = Search.of("tuned", trials, chosen=trials[1])
    assert search.machine_seconds == 10 + 1 + 1 + 2
    known = {*trials[0].building, *trials[0].asking}
    assert [trials[0].new(()), trials[1].new(known)] == [18, 21]
    base = [CostItem(a, "per question", "answering", 1, "hour", 1, u, "s")
            for a, u in (("tuned", 0.5), ("other", 1.0))]  # fmt: skip
    items, points = with_searches(base, [search], PRICES)
    [line] = [item for item in items if item.item == ITEM]
    assert (line.arm, line.basis) == ("tuned", "one-off")
    assert line.usd == pytest.approx(0.014)
    assert [p.questions for p in points if (p.a, p.b) == ("tuned", "other")] == [1]


def test_a_search_on_a_hosted_model_is_billed_by_its_tokens() -> None:
    trials = [Spent({}, {"a": 0}, "gpt", 1_000_000, 500_000), Spent({}, {"b": 0}, "gpt", 0, 0)]
    items, _ = with_searches(
        [CostItem("a", "per question", "answering", 1, "hour", 1, 1, "s")],
        [Search.of("a", trials, trials[0])],
        PRICES,
    )
    assert {i.item: i.usd for i in items if i.basis == "one-off"} == {
        ITEM: 0, f"{ITEM}: gpt in": 1.0, f"{ITEM}: gpt out": 1.0,
    }  # fmt: skip
    unknown = Search.of("a", [*trials, replace(trials[0], tokens_in=None)], trials[0])
    assert unknown.tokens_in is None


ONLY = runner.Options(device="cpu", only=("base", "rag", "reader", "fine-tuned"))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, model: Path) -> tuple[Path, runner.Finished]:
    folder = tmp_path_factory.mktemp("tuned")
    path = written(folder, model)
    return path, runner.run(path, replace(ONLY, out=folder / "out"))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_best_setting_on_dev_is_the_one_reported(
    finished: tuple[Path, runner.Finished],
) -> None:
    _, done = finished
    found = rows(done.folder / "tuning.csv")
    assert [row["arm"] for row in found] == ["rag"] * 2 + ["fine-tuned"] * 2
    assert len({row["value"] for row in found}) > 1
    config = json.loads((done.folder / "run.json").read_text())["config"]
    for arm in ("rag", "fine-tuned"):
        tried = [row for row in found if row["arm"] == arm]
        best = min(tried, key=lambda row: float(row["value"]))  # the fewest tokens
        [chosen] = [row for row in tried if row["chosen"] == "true"]
        assert chosen["value"] == best["value"]
    [k] = [row["setting"] for row in found[:2] if row["chosen"] == "true"]
    assert f"context.k = {config['arms']['rag']['context']['k']}," in k
    label = config["arms"]["rag"]["context"]["retriever"]
    assert k.endswith(f"= {config['retrievers'][label]['chunker']['tokens']}")
    rate = config["weights"][config["arms"]["fine-tuned"]["weights"]]["lr"]
    [lr] = [row["setting"] for row in found[2:] if row["chosen"] == "true"]
    assert lr == f"weights.lr = {rate}"


def test_no_trial_sees_a_test_question(finished: tuple[Path, runner.Finished]) -> None:
    _, done = finished
    asked = {q.id for q in data.load("tiny").test}
    dev = {q.id for q in data.load("tiny").questions if q.split.startswith("dev")}
    folders = [set(answered(f)) for f in (done.folder / "artefacts").glob("answers-*")]
    assert len(folders) == 4 + len(ONLY.only)
    assert all(ids in (asked, dev) for ids in folders)
    assert sum(ids == dev for ids in folders) == 4
    assert {row["n"] for row in rows(done.folder / "tuning.csv")} == {str(len(dev))}


def answered(folder: Path) -> list[str]:
    return [p.question_id for p in read_rows(folder / "rows.jsonl", Prediction)]


def test_the_search_is_on_the_bill_and_in_the_report(
    finished: tuple[Path, runner.Finished],
) -> None:
    _, done = finished
    lines = {r["arm"]: r for r in rows(done.folder / "cost.csv") if r["item"] == ITEM}
    assert set(lines) == {"rag", "fine-tuned"}
    spent = {r["arm"]: 0.0 for r in rows(done.folder / "tuning.csv")}
    for row in rows(done.folder / "tuning.csv"):
        spent[row["arm"]] += float(row["machine_seconds"])
    for arm, line in lines.items():
        assert 0 < float(line["quantity"]) * 3600 < spent[arm]
    page = (done.folder / "report.md").read_text()
    assert "## Tuning" in page
    assert "with 2 trials for each" in page
    assert "As the benchmark file has them: base, reader." in page
    assert (done.folder / "plots" / "series_sizes.png").exists()


def test_a_second_run_tries_nothing_and_a_dry_run_says_so(
    finished: tuple[Path, runner.Finished], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, done = finished
    options = replace(ONLY, out=done.folder)
    before = (done.folder / "tuning.csv").read_bytes()
    plan = runner.plan(path, options)
    assert [(t.arm, t.missing, t.trials) for t in plan.tuning] == [
        ("rag", 0, 2), ("fine-tuned", 0, 2),
    ]  # fmt: skip
    assert not plan.weights
    assert not any(arm.missing for arm in plan.arms)

    def never(*_: object, **__: object) -> None:
        raise AssertionError("something was trained again")

    monkeypatch.setattr("harness.stages.weights._train", never)
    monkeypatch.setattr("harness.arms.Arm.answer_many", never)
    again = runner.run(path, replace(options, limit=3))
    assert again.failures == 0
    assert (done.folder / "tuning.csv").read_bytes() == before


def test_a_dry_run_says_how_many_trials_there_will_be(tmp_path: Path, model: Path) -> None:
    plan = runner.plan(written(tmp_path, model), runner.Options(out=tmp_path / "out"))
    assert [(t.arm, t.missing, t.trials) for t in plan.tuning] == [
        ("rag", 2, 2), ("fine-tuned", 2, 2),
    ]  # fmt: skip
    assert "tune rag: 2 of 2 trials" in as_text(plan)
    assert not (tmp_path / "out").exists()


def test_without_development_questions_nothing_is_tuned(tmp_path: Path, model: Path) -> None:
    folder = tmp_path / "own"
    write_rows(folder / "corpus.jsonl", [{"id": "d", "text": "The lamp is red."}])
    asked = {"question": "What colour is the lamp?", "answers": ["red"], "gold": ["d"]}
    write_rows(
        folder / "questions.jsonl",
        [{"id": split, "split": split, **asked} for split in ("train", "test-seen")],
    )
    path = written(tmp_path, model, dataset=str(folder))
    with pytest.raises(DataError, match="no development questions to tune on; mark some"):
        runner.plan(path, runner.Options(out=tmp_path / "out"))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("weights.lr", "weights.learning", "tune.arms.fine-tuned: weights.learning = 3e-2: "),
        ("weights.lr", "weights.rr", "has no option 'rr'; did you mean 'r'?"),
        ("[3, 1]", "[60, 3]", "context.k = 60"),
        ("metric: tokens_out", "metric: faithfulness_gold", "asks a judge; choose by a metric"),
        ("metric: tokens_out", "metric: tokenf1", "did you mean 'token_f1'?"),
    ],
)
def test_a_setting_that_cannot_be_used_stops_the_run_before_it_begins(
    tmp_path: Path, model: Path, old: str, new: str, message: str
) -> None:
    path = written(tmp_path, model, (old, new), ("trials: 2", "trials: 2\n  seed: 1"))
    with pytest.raises(HarnessError) as error:
        runner.run(path, runner.Options(out=tmp_path / "out", device="cpu"))
    assert message in str(error.value)
    assert not list((tmp_path / "out" / "artefacts").glob("weights-*"))


def job_of(path: Path, out: Path) -> Job:
    benchmark = configured(load_benchmark(path), Options(only=("fine-tuned",)))
    questions = data.load("tiny")
    return Job(benchmark, questions, questions.test, Artefacts(out), Silent(), "cpu")


def test_a_setting_that_the_model_refuses_is_a_trial_without_a_value(
    tmp_path: Path, model: Path
) -> None:
    change = ("weights.lr: [3e-2, 1e-3]", "weights.target_modules: [nothing_like_it, all-linear]")
    tuned = tune(job_of(written(tmp_path, model, change), tmp_path / "out"))
    refused, taken = tuned.trials
    assert (refused.value, refused.chosen, taken.chosen) == (None, False, True)
    assert "nothing_like_it" in refused.note
    assert refused.machine_seconds > 0
    [warning] = tuned.warnings
    assert warning.startswith("fine-tuned: trial 1 (weights.target_modules = nothing_like_it)")
    change = (change[0], "weights.target_modules: [nothing_like_it, nor_this]")
    with pytest.raises(ModelError, match=r"tune\.arms\.fine-tuned: no trial gave a value; "):
        tune(job_of(written(tmp_path, model, change), tmp_path / "out"))


def test_a_killed_search_goes_on_where_it_was(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trains, really = list[str](), weights._train

    def counted(*given: Any) -> None:
        trains.append(given[1])
        if len(trains) == 2:
            raise KeyboardInterrupt
        really(*given)

    monkeypatch.setattr(weights, "_train", counted)
    path = written(tmp_path, model)
    with pytest.raises(KeyboardInterrupt):
        tune(job_of(path, tmp_path / "out"))
    tuned = tune(job_of(path, tmp_path / "out"))
    assert trains == ["qa@fine-tuned"] * 3
    assert [trial.value is not None for trial in tuned.trials] == [True, True]
