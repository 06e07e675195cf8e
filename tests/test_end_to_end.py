"""The whole benchmark on tiny models made here: real index, real training, real generation."""

import csv
import json
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness import runner
from harness.cli import app
from harness.data import load
from harness.errors import ArtefactError, ConfigError, UnknownName
from harness.files import read_rows
from harness.stages.judging import JudgedAnswer
from harness.types import Prediction
from tests.fake_judge import FakeJudge, install
from tests.models import make_model

BENCHMARK = """
dataset: tiny
model: {{type: transformers, path: {model}, batch_size: 8}}
retriever: {{type: bm25, chunker: {{type: recursive, tokens: 64, overlap: 8}}}}
weights:
  qa:      {{type: lora, r: 4, sees: question}}
  docs-qa: {{type: full, sees: [documents, question]}}
  open:    {{type: lora, r: 4, sees: passages, distractors: 1, unanswerable_share: 0.2}}
decoding:
  greedy: {{max_tokens: 4}}
arms:
  base:            {{}}
  rag:             {{context: {{type: retrieved, k: 2}}}}
  oracle:          {{context: {{type: gold}}}}
  noise:           {{context: {{type: wrong, k: 2}}}}
  long-context:    {{context: {{type: whole}}}}
  fine-tuned:      {{weights: qa}}
  fine-tuned-docs: {{weights: docs-qa}}
  hybrid-naive:    {{weights: qa, context: {{type: retrieved, k: 2}}}}
  hybrid:          {{weights: open, context: {{type: retrieved, k: 2}}}}
  theirs:          {{type: external, callable: "tests.test_end_to_end:say_tarn"}}
training: {{tokens_per_weights: 2000}}
latency: {{questions: 2, warmup: 0}}
metrics:
  primary: contains
  also:
    - rougeL
    - bleu
    - ndcg@10
    - tokens_in
    - abstention_recall
    - faithfulness_gold
    - faithfulness_retrieved
judge: {{type: lexical}}
contrasts: [[rag, fine-tuned], [hybrid, rag]]
"""
ARMS = 10


@pytest.fixture(scope="module", autouse=True)
def no_way_out() -> Iterator[None]:
    """No socket may be opened to anywhere: nothing phones home, nothing is downloaded."""

    def refuse(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            raise AssertionError(f"a connection to {address} was tried")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(socket.socket, "connect_ex", refuse)
        yield


def say_tarn(question: str) -> str:
    return f"It is Tarn, {len(question)}."


@pytest.fixture(scope="module")
def benchmark_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("causal")
    model = make_model(folder / "model", "lfm2")
    path = folder / "small.yaml"
    path.write_text(BENCHMARK.format(model=model))
    return path


@pytest.fixture(scope="module")
def finished(benchmark_file: Path) -> runner.Finished:
    out = benchmark_file.parent / "results"
    return runner.run(benchmark_file, runner.Options(out=out, device="cpu"))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read_all(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted((folder / "predictions").glob("*.jsonl"))}


def judgements(folder: Path) -> list[JudgedAnswer]:
    return list(read_rows(folder / "judgements.jsonl", JudgedAnswer))


def test_every_arm_answers_every_question(finished: runner.Finished) -> None:
    files = read_all(finished.folder)
    counts = {len(content.splitlines()) for content in files.values()}
    assert len(files) == ARMS
    assert len(counts) == 1
    assert finished.failures == 0


def test_no_arm_metric_or_question_is_missing_from_the_scores(finished: runner.Finished) -> None:
    scores = rows(finished.folder / "scores.csv")
    asked = len({row["question"] for row in scores})
    by_metric = Counter(row["metric"] for row in scores if not row["arm"].startswith("floor:"))
    assert set(by_metric.values()) == {ARMS * asked}


def test_the_summary_starts_with_the_promised_columns(finished: runner.Finished) -> None:
    first = (finished.folder / "summary.csv").read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("arm,split,metric,value,low,high,n,failures")


def test_an_external_arm_has_quality_but_no_known_cost(finished: runner.Finished) -> None:
    cells = {
        (row["metric"], row["split"]): row["value"]
        for row in rows(finished.folder / "summary.csv")
        if row["arm"] == "theirs"
    }
    assert cells["rougeL", "all"] != ""
    assert cells["cost_usd_per_1k", "all"] == ""
    assert cells["tokens_in", "all"] == ""


def test_the_oracle_reads_gold_documents_and_noise_reads_none(finished: runner.Finished) -> None:
    gold = {q.id: set(q.gold) for q in load("tiny").test}
    for arm, wanted in (("oracle", True), ("noise", False)):
        path = finished.folder / "predictions" / f"{arm}.jsonl"
        for row in read_rows(path, Prediction):
            read = {passage.rpartition(":")[0] for passage in row.passages}
            if gold[row.question_id] and read:
                assert bool(read & gold[row.question_id]) == wanted


def test_run_again_there_is_nothing_to_do(
    benchmark_file: Path, finished: runner.Finished, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.runner.evaluate", None)
    again = runner.run(benchmark_file, runner.Options(out=finished.folder, device="cpu"))
    assert again.records.summaries == finished.records.summaries


def test_a_run_killed_in_its_answers_goes_on_to_the_same_bytes(
    benchmark_file: Path, finished: runner.Finished
) -> None:
    """What a kill leaves: some batches, a torn line, no run.json that says complete."""
    kept, judged = read_all(finished.folder), (finished.folder / "judgements.jsonl").read_bytes()
    for folder in (finished.folder / "artefacts").glob("answers-*"):
        answered = (folder / "rows.jsonl").read_bytes().splitlines(keepends=True)
        (folder / "rows.jsonl").write_bytes(b"".join(answered[:9]) + answered[9][:20])
        (folder / "batches.jsonl").write_bytes(b"")
    facts = json.loads((finished.folder / "run.json").read_text())
    (finished.folder / "run.json").write_text(json.dumps({**facts, "complete": False}))
    runner.run(benchmark_file, runner.Options(out=finished.folder, device="cpu"))
    assert read_all(finished.folder) == kept
    assert (finished.folder / "judgements.jsonl").read_bytes() == judged
    for log in (finished.folder / "artefacts").glob("answers-*/batches.jsonl"):
        asked = [i for line in log.read_text().splitlines() for i in json.loads(line)["questions"]]
        assert len(asked) == len(set(asked)) == len(kept["base.jsonl"].splitlines()) - 9


def test_a_limit_asks_a_sample_and_a_full_run_asks_only_the_rest(
    benchmark_file: Path, finished: runner.Finished, tmp_path: Path
) -> None:
    few = runner.Options(out=tmp_path, device="cpu", limit=5, only=("base", "rag"))
    assert set(read_all(runner.run(benchmark_file, few).folder)) == {"base.jsonl", "rag.jsonl"}
    full = runner.run(benchmark_file, runner.Options(out=tmp_path, device="cpu", only=few.only))
    whole = read_all(finished.folder)
    assert read_all(full.folder) == {name: whole[name] for name in ("base.jsonl", "rag.jsonl")}


def test_the_command_line_prints_json_and_says_there_is_nothing_to_do(
    benchmark_file: Path, finished: runner.Finished
) -> None:
    command = ["run", str(benchmark_file), "--out", str(finished.folder), "--device", "cpu"]
    done = CliRunner().invoke(app, [*command, "--json"])
    assert done.exit_code == 0
    cells = json.loads(done.stdout)
    assert {cell["arm"] for cell in cells} >= {"base", "rag", "theirs", "floor:majority"}


def test_fewer_arms_leave_no_predictions_of_others_behind(
    benchmark_file: Path, finished: runner.Finished, tmp_path: Path
) -> None:
    both = runner.Options(out=tmp_path, device="cpu", limit=3, only=("base", "rag"))
    runner.run(benchmark_file, both)
    runner.run(benchmark_file, runner.Options(out=tmp_path, device="cpu", limit=3, only=("base",)))
    assert list(read_all(tmp_path)) == ["base.jsonl"]


def test_another_price_is_another_bill_but_no_question_is_asked_again(
    benchmark_file: Path, tmp_path: Path
) -> None:
    prices = tmp_path / "prices.yaml"
    path = tmp_path / "priced.yaml"
    path.write_text(f"{benchmark_file.read_text()}prices: {prices}\n")
    options = runner.Options(out=tmp_path / "out", device="cpu", limit=3, only=("base",))
    costs, logs = [], []
    for usd in (1, 2):
        row = f"{{item: cpu-core, usd: {usd}, unit: hour, source: me, date: 2026-11-21}}"
        prices.write_text(f"extends: cpu-2026\nprices: [{row}]\n")
        done = runner.run(path, options)
        costs += [s.value for s in done.records.summaries if s.metric == "cost_usd_per_1k"]
        logs.append([p.read_bytes() for p in done.folder.glob("artefacts/answers-*/*.jsonl")])
    assert costs[1] == pytest.approx(2 * (costs[0] or 0))
    assert logs[0] == logs[1]


def test_the_folder_of_another_run_is_refused(
    benchmark_file: Path, finished: runner.Finished
) -> None:
    other = runner.Options(out=finished.folder, seeds=(7,), device="cpu")
    with pytest.raises(ArtefactError, match="differs in seeds; choose another --out"):
        runner.run(benchmark_file, other)


def test_an_unknown_arm_or_metric_is_named(benchmark_file: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no arm is called 'ragg'; did you mean 'rag'"):
        runner.run(benchmark_file, runner.Options(only=("ragg",)))
    path = tmp_path / "typo.yaml"
    path.write_text(benchmark_file.read_text().replace("rougeL", "rugeL"))
    with pytest.raises(UnknownName, match="no metric is called 'rugeL'; did you mean 'rougeL'"):
        runner.run(path, runner.Options(out=tmp_path / "out"))


def test_more_passages_than_the_corpus_has_is_an_error(
    benchmark_file: Path, tmp_path: Path
) -> None:
    path = tmp_path / "large.yaml"
    path.write_text(benchmark_file.read_text().replace("retrieved, k: 2", "retrieved, k: 5000"))
    with pytest.raises(ConfigError, match="lower k"):
        runner.run(path, runner.Options(out=tmp_path / "out", only=("rag",)))


def test_every_score_of_a_judge_has_its_row_of_claims(finished: runner.Finished) -> None:
    scored = {
        (row["arm"], row["question"], row["metric"])
        for row in rows(finished.folder / "scores.csv")
        if row["metric"].startswith("faithfulness") and row["status"] == "ok"
    }
    judged = {(row.arm, row.question, row.metric): row for row in judgements(finished.folder)}
    assert set(judged) == scored
    arms = {arm for arm, _, _ in judged}
    assert arms >= {"base", "fine-tuned", "oracle", "theirs", "floor:majority"}
    assert {m for arm, _, m in judged if arm == "base"} == {"faithfulness_gold"}
    counts = json.loads((finished.folder / "run.json").read_text())["judge"]["statuses"]
    assert sum(counts["faithfulness_gold"].values()) == sum(
        metric == "faithfulness_gold" for _, _, metric in judged
    )


def test_the_span_of_a_claim_stands_in_a_gold_document(finished: runner.Finished) -> None:
    questions = load("tiny")
    documents = {d.id: f"{d.title}: {d.text}" if d.title else d.text for d in questions.corpus}
    spans = [
        (claim, row.metric)
        for row in judgements(finished.folder)
        for claim in row.claims
        if claim.passage is not None and row.metric == "faithfulness_gold"
    ]
    assert spans
    for claim, _ in spans:
        assert documents[claim.passage or ""][claim.start : claim.end].strip()


def test_a_finished_run_has_nothing_left_to_do_and_a_new_one_everything(
    benchmark_file: Path, finished: runner.Finished, tmp_path: Path
) -> None:
    done = runner.plan(benchmark_file, runner.Options(out=finished.folder, device="cpu"))
    assert (done.weights, done.to_judge) == ((), 0)
    assert {arm.missing for arm in done.arms} == {0}
    command = ["run", str(benchmark_file), "--out", str(tmp_path / "new"), "--dry-run"]
    told = CliRunner().invoke(app, [*command, "--device", "cpu"])
    assert told.exit_code == 0
    asked = len(load("tiny").test)
    assert "train qa, seed 0: 2,000 tokens" in told.stdout
    assert f"answer long-context: {asked} of {asked} questions" in told.stdout
    assert "judge (lexical): " in told.stdout
    assert not (tmp_path / "new").exists()
    as_json = CliRunner().invoke(app, [*command, "--json", "--only", "rag"])
    assert [arm["arm"] for arm in json.loads(as_json.stdout)["arms"]] == ["rag"]


def say_little(question: str) -> tuple[str, list[str]]:
    """Answer in three ways that the fake judge has trouble with, or none."""
    answers = ("It is red. It is big.", "broken", "slow", "I do not know.")
    return answers[len(question) % 4], ["It is red."]


FAITHFUL = """
dataset: tiny
model: {{path: {folder}}}
arms: {{theirs: {{type: external, callable: "tests.test_end_to_end:say_little"}}}}
metrics: {{primary: faithfulness_retrieved}}
latency: {{questions: 0}}
judge: {{type: fake, {judge}}}
"""


PAID = "model: {type: openai, path: gpt-4o, api_key_env: HOME}"


def faithful(folder: Path, model: Path, judge: str = "strictness: 0") -> runner.Finished:
    path = folder / "faithful.yaml"
    path.write_text(FAITHFUL.format(folder=model, judge=judge))
    return runner.run(path, runner.Options(out=folder / "out", device="cpu"))


def test_trouble_of_the_judge_is_shown_and_bounded_and_tried_again(
    benchmark_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch)
    model = benchmark_file.parent / "model"
    done = faithful(tmp_path, model)
    status = Counter(row.status for row in judgements(done.folder))
    assert set(status) == {"ok", "judge error", "timeout", "refusal"}
    scored = [row for row in rows(done.folder / "scores.csv") if row["arm"] == "theirs"]
    unmeasured = status["judge error"] + status["timeout"]
    assert sum(row["status"] == "unmeasured" for row in scored) == unmeasured
    cell = done.records.summary("theirs", "all", "faithfulness_retrieved")
    assert cell is not None
    assert cell.n == len(scored) - unmeasured
    assert cell.unmeasured == unmeasured
    told = cell.n * (cell.value or 0)
    assert cell.lowest == pytest.approx(told / len(scored))
    assert cell.highest == pytest.approx((told + unmeasured) / len(scored))
    assert any("(no JSON in the reply)" in warning for warning in done.records.warnings)
    asked = len(FakeJudge.asked)
    faithful(tmp_path, model)
    assert len(FakeJudge.asked) == asked + unmeasured


def test_a_judge_that_disagrees_with_the_users_labels_is_marked_in_every_table(
    benchmark_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch)
    labels = tmp_path / "mine.csv"
    lines = [f"It is {i}.,It is {i if i % 2 else 99},{i % 2 == 0:d}" for i in range(40)]
    labels.write_text("premise,hypothesis,label\n" + "\n".join(lines) + "\n")
    done = faithful(tmp_path, benchmark_file.parent / "model", f"labels: {labels}")
    mark = "demoted judge: kappa -1.00"
    cells = [r for r in rows(done.folder / "summary.csv") if "faithfulness" in r["metric"]]
    assert cells
    assert all(mark in row["note"] for row in cells)
    assert mark in (done.folder / "report.md").read_text(encoding="utf-8")
    assert any(mark in warning for warning in done.records.warnings)
    kappa = json.loads((done.folder / "run.json").read_text())["judge"]["agreement"]["kappa"]
    assert kappa["value"] == -1.0


def test_a_limit_on_the_price_from_the_command_line_stops_before_the_judge_is_asked(
    benchmark_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch)
    path = tmp_path / "faithful.yaml"
    path.write_text(
        FAITHFUL.format(folder=benchmark_file.parent / "model", judge=f"{PAID}, max_usd: 9")
    )
    command = ["run", str(path), "--out", str(tmp_path / "out"), "--max-usd"]
    refused = CliRunner().invoke(app, [*command, "0.0001"])
    assert refused.exit_code == 2
    assert "more than max_usd (0.0001); nothing was asked" in refused.stderr
    assert FakeJudge.asked == []


def test_a_sequence_to_sequence_model_runs_through_all_arms(
    benchmark_file: Path, tmp_path: Path
) -> None:
    model = make_model(tmp_path / "model", "t5")
    path = tmp_path / "seq2seq.yaml"
    path.write_text(BENCHMARK.format(model=model))
    done = runner.run(path, runner.Options(out=tmp_path / "out", limit=6, device="cpu"))
    assert len(read_all(done.folder)) == ARMS
    assert done.failures == 0
    assert {run.weights for run in done.records.training} == {"qa", "docs-qa", "open"}
