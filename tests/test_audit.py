"""The audit: on scores whose answer is known, and end to end on a set shaped like MedQuAD."""

import csv
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from harness import runner
from harness.artefacts import Artefacts
from harness.audit import Finding, FinishedRun, audit, read
from harness.audit.finding import METRICS, OTHER_ENCODER
from harness.audit.pages import COLUMNS
from harness.cli import app
from harness.config.load import load_benchmark
from harness.config.records import Benchmark
from harness.data import load
from harness.errors import ArtefactError, ConfigError
from harness.generation.place import POCKET
from harness.progress import Silent
from harness.stages.job import Job
from harness.stages.preflight import preflight
from harness.types import Question
from harness.worlds import make
from tests.models import make_model

ROOT = Path(__file__).parent.parent
LAKATOS = ROOT / "benchmarks" / "lakatos2024.yaml"
Q_INDEX = ROOT / "benchmarks" / "lakatos2024-questions.yaml"
EVERY_METRIC = (*METRICS, *OTHER_ENCODER.values())


# ---------------------------------------------------------------- scores whose answer is known

FILE = """
dataset: nowhere
also_ask: [dev-new]
models: {base: {path: a/base}, chat: {path: a/chat}}
retrievers: {full: {type: minilm}, held-out: {type: minilm, without: [dev, test]}}
weights: {qa: {type: full, model: base, sees: question}}
metrics: {primary: rougeLsum}
arms:
  tuned:   {weights: qa}
  chat-hi: {model: chat, context: {type: retrieved, retriever: full, threshold: 0.9}}
  chat-lo: {model: chat, context: {type: retrieved, retriever: full, threshold: 0.1}}
  base-hi: {model: base, context: {type: retrieved, retriever: full, threshold: 0.9}}
  base-lo: {model: base, context: {type: retrieved, retriever: full, threshold: 0.1}}
  chat-out-hi: {model: chat, context: {type: retrieved, retriever: held-out, threshold: 0.9}}
  chat-out-lo: {model: chat, context: {type: retrieved, retriever: held-out, threshold: 0.1}}
  base-out-hi: {model: base, context: {type: retrieved, retriever: held-out, threshold: 0.9}}
  base-out-lo: {model: base, context: {type: retrieved, retriever: held-out, threshold: 0.1}}
"""
MEANS = {
    "tuned": 0.20, "chat-hi": 0.30, "chat-lo": 0.28, "base-hi": 0.24, "base-lo": 0.26,
    "chat-out-hi": 0.22, "chat-out-lo": 0.21, "base-out-hi": 0.18, "base-out-lo": 0.17,
}  # fmt: skip
"""Mean test score by any metric; on dev the lower threshold is the better one."""


def benchmark(tmp_path: Path, text: str = FILE) -> Benchmark:
    path = tmp_path / "file.yaml"
    path.write_text(text)
    return load_benchmark(path)


def scores_of(
    means: Mapping[str, float], n: int = 40, metrics: Sequence[str] = EVERY_METRIC
) -> dict[tuple[str, str, str], dict[str, float]]:
    """Return scores with exactly these means, noisy from question to question."""
    rng, found = np.random.default_rng(5), {}
    for arm, mean in means.items():
        for metric in metrics:
            noise = rng.normal(0, 0.05, n)
            shift = -0.04 if metric in OTHER_ENCODER.values() and arm != "tuned" else 0.0
            values = mean + shift + noise - noise.mean()
            found[arm, metric, "test-new"] = {f"q{i}": float(v) for i, v in enumerate(values)}
            on_dev = 0.5 if arm.endswith("lo") else 0.4
            found[arm, metric, "dev-new"] = {f"d{i}": on_dev for i in range(5)}
    return found


def run_of(bench: Benchmark, scores: Mapping[tuple[str, str, str], Mapping[str, float]],
           n: int = 40) -> FinishedRun:  # fmt: skip
    asked = [Question(f"q{i}", "?", ("a",), gold=(f"doc{i}",), split="test-new") for i in range(n)]
    return FinishedRun(Path("results"), bench, {q.id: q for q in asked}, scores)


def found_by(findings: Sequence[Finding], metric: str) -> dict[str, Finding]:
    return {f.switch.split(" ")[0]: f for f in findings if f.metric == metric}


def test_each_switch_moves_the_headline_by_what_it_changes(tmp_path: Path) -> None:
    rows = found_by(audit(run_of(benchmark(tmp_path), scores_of(MEANS))), "rougeLsum")
    assert list(rows) == ["1", "2", "3", "together:"]
    assert [row.published for row in rows.values()] == 4 * [pytest.approx(0.30 / 0.20 - 1)]
    assert {row.published_rag for row in rows.values()} == {"chat-hi"}
    wanted = {"1": "base-lo", "2": "chat-lo", "3": "chat-out-hi", "together:": "base-out-lo"}
    assert {name: row.switched_rag for name, row in rows.items()} == wanted
    for name, arm in wanted.items():
        assert rows[name].switched == pytest.approx(MEANS[arm] / MEANS["tuned"] - 1)
    for row in rows.values():
        assert row.change == pytest.approx((row.switched or 0) - (row.published or 0))
        assert (row.change_low or 0) < (row.change or 0) < (row.change_high or 0)
        assert (row.n, row.clusters, row.fine_tuned) == (40, 40, "tuned")


def test_the_encoder_is_switched_where_a_metric_has_one(tmp_path: Path) -> None:
    rows = found_by(audit(run_of(benchmark(tmp_path), scores_of(MEANS))), "cosine_coverage")
    assert rows["4"].switched == pytest.approx((0.30 - 0.04) / 0.20 - 1)
    assert rows["together:"].switch == "together: 1, 2, 3, 4"
    assert rows["together:"].switched == pytest.approx((0.17 - 0.04) / 0.20 - 1)


def test_the_best_threshold_is_chosen_anew_in_every_resample(tmp_path: Path) -> None:
    """Against a bootstrap written out question by question, with other random numbers."""
    means = {**MEANS, "chat-lo": 0.299}
    scores = scores_of(means)
    [row] = [
        f for f in audit(run_of(benchmark(tmp_path), scores))
        if (f.metric, f.switch[0]) == ("meteor", "2")
    ]  # fmt: skip
    table = {
        arm: np.array([scores[arm, "meteor", "test-new"][f"q{i}"] for i in range(40)])
        for arm in ("tuned", "chat-hi", "chat-lo")
    }
    rng, published, change = np.random.default_rng(99), [], []
    for _ in range(4000):
        drawn = rng.integers(40, size=40)
        tuned = table["tuned"][drawn].mean()
        best = max(table["chat-hi"][drawn].mean(), table["chat-lo"][drawn].mean())
        published.append(best / tuned - 1)
        change.append((table["chat-lo"][drawn].mean() - best) / tuned)
    assert [row.published_low, row.published_high] == pytest.approx(
        np.percentile(published, [2.5, 97.5]), abs=0.02
    )
    assert [row.change_low, row.change_high] == pytest.approx(
        np.percentile(change, [2.5, 97.5]), abs=0.02
    )
    assert row.change_high == 0  # what was chosen elsewhere never beats the best of this sample


def test_questions_about_one_document_are_drawn_together(tmp_path: Path) -> None:
    run = run_of(benchmark(tmp_path), scores_of(MEANS))
    shared = {i: replace(q, gold=("one", f"{int(i[1:]) // 20}")) for i, q in run.questions.items()}
    [alone] = {f.clusters for f in audit(replace(run, questions=shared))}
    assert alone == 1
    pairs = {i: replace(q, gold=(f"{int(i[1:]) // 2}",)) for i, q in run.questions.items()}
    findings = audit(replace(run, questions=pairs))
    assert {f.clusters for f in findings} == {20}
    assert all("20 clusters only" in f.note for f in findings)


def test_what_a_run_cannot_answer_says_what_is_missing(tmp_path: Path) -> None:
    few = "\n".join(
        line for line in FILE.splitlines()
        if not any(name in line for name in ("chat-hi", "chat-lo", "-out-", "base-lo"))
    )  # fmt: skip
    bench = benchmark(tmp_path, few.replace("also_ask: [dev-new]", ""))
    scores = {k: v for k, v in scores_of(MEANS).items() if k[2] == "test-new"}
    without = {k: v for k, v in scores.items() if k[1] != "cosine_coverage_lsa"}
    rows = found_by(audit(run_of(bench, without)), "cosine_coverage")
    assert (
        "base weights, retrieved passages and another model than that of 'tuned'" in rows["1"].note
    )
    assert "one RAG arm" in rows["2"].note
    assert "`without: [dev, test]`" in rows["3"].note
    assert "cosine_coverage_lsa; name it under metrics.also" in rows["4"].note
    assert all(row.switched is None for row in rows.values())
    assert {row.published_rag for row in rows.values()} == {"base-hi"}
    assert rows["3"].published == pytest.approx(0.24 / 0.20 - 1)
    unscored = {k: v for k, v in scores.items() if k[1] != "meteor"}
    [row] = [f for f in audit(run_of(bench, unscored)) if f.metric == "meteor"]
    assert "the run was not scored by meteor" in row.note


def test_without_dev_answers_no_threshold_can_be_chosen_on_dev(tmp_path: Path) -> None:
    scores = {k: v for k, v in scores_of(MEANS).items() if k[2] == "test-new"}
    rows = found_by(audit(run_of(benchmark(tmp_path), scores)), "rougeLsum")
    assert "add `also_ask: [dev-seen, dev-new]`" in rows["2"].note
    assert rows["together:"].switch == "together: 1, 3"


def test_several_trainings_are_said_to_be_missing_from_the_intervals(tmp_path: Path) -> None:
    run = run_of(benchmark(tmp_path), scores_of(MEANS))
    for seeds, said in ((1, False), (3, True)):
        rows = found_by(audit(replace(run, seeds=seeds)), "meteor")
        assert {"mean of 3 seeds" in row.note for row in rows.values()} == {said}


def test_a_fine_tuned_arm_at_zero_leaves_no_relative_difference(tmp_path: Path) -> None:
    scores = scores_of(MEANS)
    scores["tuned", "meteor", "test-new"] = {f"q{i}": 0.0 for i in range(40)}
    rows = found_by(audit(run_of(benchmark(tmp_path), scores)), "meteor")
    assert rows
    for row in rows.values():
        assert row.published is None
        assert "tuned scores 0" in row.note


def test_a_question_that_an_arm_has_no_score_for_is_left_out_of_all(tmp_path: Path) -> None:
    scores = scores_of(MEANS)
    del scores["base-hi", "meteor", "test-new"]["q3"]
    rows = found_by(audit(run_of(benchmark(tmp_path), scores)), "meteor")
    assert rows
    for row in rows.values():
        assert row.n == 39
        assert "1 questions left out" in row.note


def test_arms_that_share_no_question_are_named(tmp_path: Path) -> None:
    scores = scores_of(MEANS)
    scores["base-hi", "meteor", "test-new"] = {}
    [row] = found_by(audit(run_of(benchmark(tmp_path), scores)), "meteor").values()
    assert "no question has a score in every arm" in row.note


def test_without_the_two_arms_there_is_nothing_to_audit(tmp_path: Path) -> None:
    only = "dataset: x\nmodel: pocket\nretriever: minilm\narms: {rag: {context: {type: retrieved}}}"
    bench = benchmark(tmp_path, only)
    with pytest.raises(ConfigError, match="no arm has trained weights and no passages"):
        audit(run_of(bench, {}))


def test_every_column_of_the_file_is_documented() -> None:
    page = (ROOT / "docs" / "audit.md").read_text(encoding="utf-8")
    assert [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")] == [
        *COLUMNS
    ]


def test_a_folder_without_a_finished_run_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="no finished run here"):
        read(tmp_path)
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(ArtefactError, match="not a run of this version"):
        read(tmp_path)
    (tmp_path / "run.json").write_text('{"complete": false}')
    with pytest.raises(ArtefactError, match="not finished"):
        read(tmp_path)


# ---------------------------------------------------------------- a set shaped like MedQuAD


def medquad_shaped(folder: Path, seed: int, rows: int) -> Path:
    """Write questions with paragraphs for answers, split by row; the answers are the corpus."""
    make("made-up", seed=seed, documents=rows, out=folder / "world")
    path = folder / "made-up.csv"
    with (folder / "world" / "corpus.jsonl").open(encoding="utf-8") as lines:
        documents = [json.loads(line) for line in lines]
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["question", "answer", "split"])
        for i, document in enumerate(documents):
            split = ("train", "train", "test", "train", "val", "train", "test")[i % 7]
            table.writerow([f"What is known about {document['entity']}?", document["text"], split])
    return path


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return medquad_shaped(tmp_path_factory.mktemp("medquad"), seed=7, rows=42)


def small(
    folder: Path, questions: Path, own: Path, base: str, *, tokens: int = 4000, answer: int = 12,
    extends: Path = LAKATOS,
) -> Path:  # fmt: skip
    """Write a benchmark that puts two small models into the published set-up."""
    path = folder / "small.yaml"
    models = [f"  {label}: {{path: {base}, dtype: float32}}" for label in ("llama", "gpt-j", "opt")]
    path.write_text(
        f"extends: {extends}\ndataset: {questions}\nmodels:\n"
        f"  llama-2: {{path: {base}, dtype: float32}}\n  chat: {{path: {own}, dtype: float32}}\n"
        + "\n".join(models)
        + "\nweights: {llama-2-qa: {lr: 1.0e-3, batch_size: 8, dtype: float32}}\n"
        f"decoding: {{tuned: {{max_tokens: {answer}}}, rag: {{max_tokens: {answer}}}}}\n"
        f"training: {{tokens_per_weights: {tokens}}}\n"
        f"metrics: {{also: [{', '.join(EVERY_METRIC[1:])}]}}\n"
        "prices: cpu-2026\n"
    )
    return path


def only(*thresholds: str) -> tuple[str, ...]:
    kinds = ("rag-chat", "rag-base", "rag-chat-held-out", "rag-base-held-out")
    return ("tuned-llama-2", *(f"{kind}-{t}" for kind in kinds for t in thresholds))


@pytest.mark.parametrize("name", ["lakatos2024", "lakatos2024-questions"])
def test_the_published_set_up_resolves_offline(name: str, questions: Path, tmp_path: Path) -> None:
    bench = load_benchmark(ROOT / "benchmarks" / f"{name}.yaml")
    assert len([a for a in bench.arms if a.startswith("rag-")]) == 4 * 11
    asked = load(questions, runner.data_options(bench))
    job = Job(bench, asked, asked.test, Artefacts(tmp_path), Silent(), device="cpu")
    preflight(job)
    for arm in bench.arms.values():
        if arm.context.type == "retrieved":
            assert arm.context.k == 100
    assert job.seeds == (0,)
    assert {q.split for q in job.to_answer} == {"test-new", "dev-new"}


@pytest.fixture(scope="module")
def finished(questions: Path) -> runner.Finished:
    folder = questions.parent
    own = make_model(folder / "own", "llama", width=48)
    path = small(folder, questions, own, "pocket")
    arms = only("1.0", "0.5", "0.0")
    return runner.run(path, runner.Options(out=folder / "out", only=arms, limit=8, device="cpu"))


def test_the_audit_of_a_run_is_what_its_scores_say(finished: runner.Finished) -> None:
    findings = audit(read(finished.folder))
    with (finished.folder / "scores.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))

    def mean(arm: str, metric: str, split: str) -> float:
        values = [float(r["value"]) for r in rows
                  if (r["arm"], r["metric"], r["split"]) == (arm, metric, split)]  # fmt: skip
        return sum(values) / len(values)

    asked = {r["question"] for r in rows if r["split"] == "test-new"}
    assert {f.split for f in findings} == {"test-new"}
    for metric in ("rougeLsum", "cosine_coverage"):
        tuned = mean("tuned-llama-2", metric, "test-new")
        by_kind = {
            kind: [f"{kind}-{t}" for t in ("1.0", "0.5", "0.0")]
            for kind in ("rag-chat", "rag-base", "rag-chat-held-out", "rag-base-held-out")
        }
        best = {k: max(mean(a, metric, "test-new") for a in arms) for k, arms in by_kind.items()}
        on_dev = max(by_kind["rag-chat"], key=lambda arm: mean(arm, "rougeLsum", "dev-new"))
        found = found_by(findings, metric)
        assert found["1"].published == pytest.approx(best["rag-chat"] / tuned - 1)
        assert found["1"].switched == pytest.approx(best["rag-base"] / tuned - 1)
        assert found["2"].switched_rag == on_dev
        assert found["2"].switched == pytest.approx(mean(on_dev, metric, "test-new") / tuned - 1)
        assert found["3"].switched == pytest.approx(best["rag-chat-held-out"] / tuned - 1)
        assert found["together:"].n == len(asked)


def test_at_threshold_one_nothing_is_read_and_at_zero_the_window_is_filled(
    finished: runner.Finished,
) -> None:
    """No sentence equals a question, so the first reads nothing; the last reads what fits."""
    read_by: dict[str, list[int]] = {}
    for arm in ("rag-base-1.0", "rag-base-0.5", "rag-base-0.0"):
        lines = (finished.folder / "predictions" / f"{arm}.jsonl").read_text().splitlines()
        read_by[arm] = [len(json.loads(line)["passages"]) for line in lines]
    assert set(read_by["rag-base-1.0"]) == {0}
    assert min(read_by["rag-base-0.0"]) > 3
    assert sum(read_by["rag-base-0.5"]) < sum(read_by["rag-base-0.0"])


def test_the_table_of_arms_tells_them_apart(finished: runner.Finished) -> None:
    [one] = [a for a in finished.records.arms if a.name == "rag-base-held-out-0.5"]
    assert one.context == "retrieved, k = 100, threshold 0.5, from held-out"
    assert one.given == "reads up to 100 retrieved passages that score 0.5 or more"


def test_held_out_answers_are_read_by_no_arm_of_that_index(finished: runner.Finished) -> None:
    bench = Benchmark.model_validate(
        json.loads((finished.folder / "run.json").read_text())["config"]
    )
    asked = load(bench.dataset, runner.data_options(bench))
    held_out = {gold for q in asked.questions if q.split != "train" for gold in q.gold}
    seen: dict[str, set[str]] = {}
    for arm in ("rag-base-0.0", "rag-base-held-out-0.0"):
        for line in (finished.folder / "predictions" / f"{arm}.jsonl").read_text().splitlines():
            passages = json.loads(line)["passages"]
            seen.setdefault(arm, set()).update(p.rpartition(":")[0] for p in passages)
    assert seen["rag-base-0.0"] & held_out
    assert not seen["rag-base-held-out-0.0"] & held_out


def test_dev_answers_are_scored_and_stand_in_no_table(finished: runner.Finished) -> None:
    records = finished.records
    assert {s.split for s in records.scores} >= {"dev-new", "test-new"}
    for table in (records.summaries, records.pairs, records.effects):
        assert not [row for row in table if row.split.startswith("dev")]
    on_dev = {s.question for s in records.scores if s.split == "dev-new"}
    assert len(on_dev) == 4  # of 6, as the limit leaves 8 of 12
    asked = len({s.question for s in records.scores if s.split.startswith("test")})
    assert {s.n for s in records.summaries if s.metric == "rougeLsum" and s.split == "all"} == {
        asked
    }


def test_the_command_prints_a_table_writes_it_and_gives_json(
    finished: runner.Finished, tmp_path: Path
) -> None:
    shown = CliRunner().invoke(app, ["audit", str(finished.folder), "--out", str(tmp_path)])
    assert shown.exit_code == 0
    assert "3 without the test answers" in shown.stdout
    with (tmp_path / "audit.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    told = CliRunner().invoke(
        app, ["audit", str(finished.folder), "--out", str(tmp_path), "--json"]
    )
    findings = json.loads(told.stdout)
    assert [r["switch"] for r in rows] == [f["switch"] for f in findings]
    assert "| 4 another encoder measures [" in (tmp_path / "audit.md").read_text()
    refused = CliRunner().invoke(app, ["audit", str(tmp_path)])
    assert refused.exit_code == 2


def test_a_question_index_finds_the_answer_to_the_same_question(
    questions: Path, tmp_path: Path
) -> None:
    """As published, a test question finds itself at threshold 1; held out, it finds nothing."""
    own = make_model(tmp_path / "own", "llama", width=48)
    path = small(tmp_path, questions, own, str(own), extends=Q_INDEX)
    arms = ("rag-base-1.0", "rag-base-held-out-1.0", "rag-base-held-out-0.0")
    done = runner.run(path, runner.Options(out=tmp_path / "out", only=arms, limit=4, device="cpu"))
    bench = load_benchmark(path)
    gold = {q.id: q.gold for q in load(questions, runner.data_options(bench)).questions}
    for arm in arms:
        for line in (done.folder / "predictions" / f"{arm}.jsonl").read_text().splitlines():
            row = json.loads(line)
            found = [p.rpartition(":")[0] for p in row["passages"]]
            if arm == "rag-base-1.0":
                assert tuple(found) == gold[row["question_id"]]
            elif arm == "rag-base-held-out-1.0":
                assert found == []
            else:
                assert found
                assert not set(found) & set(gold[row["question_id"]])


@pytest.mark.slow
def test_with_pocket_the_checkpoint_alone_makes_most_of_the_headline(tmp_path: Path) -> None:
    """Pocket was never taught to write paragraphs; a copy that was stands for the chat model."""
    chat = tmp_path / "chat.yaml"
    chat.write_text(
        f"dataset: {medquad_shaped(tmp_path / 'other', seed=8, rows=140)}\n"
        "data: {columns: {context: answer, answers: answer}}\nmodel: pocket\n"
        "weights: {chat: {type: full, sees: question, lr: 5.0e-4, batch_size: 16}}\n"
        "arms: {tuned: {weights: chat}}\ntraining: {tokens_per_weights: 60_000}\n"
        "latency: {questions: 0}\nmetrics: {primary: rougeLsum}\n"
    )
    runner.run(chat, runner.Options(out=tmp_path / "chat-out", limit=2, device="cpu"))
    [taught] = (tmp_path / "chat-out" / "artefacts").glob("weights-*")
    own = tmp_path / "own"
    shutil.copytree(POCKET, own)
    shutil.copy(taught / "model.safetensors", own)
    asked = medquad_shaped(tmp_path / "asked", seed=7, rows=140)
    path = small(tmp_path, asked, own, "pocket", tokens=100_000, answer=64)
    arms = only("0.8", "0.5", "0.2")
    done = runner.run(path, runner.Options(out=tmp_path / "out", only=arms, device="cpu"))
    rows = found_by(audit(read(done.folder)), "cosine_coverage")
    assert {f.n for f in rows.values()} == {40}
    assert list(rows) == ["1", "2", "3", "4", "together:"]
    assert rows["together:"].switch == "together: 1, 2, 3, 4"
    assert (rows["1"].change_high or 0) < 0
    assert (rows["2"].change or 0) <= 0
    assert (rows["3"].change or 0) < 0
    assert (rows["1"].published or 0) > (rows["together:"].switched or 0) + 0.1
