"""A finished run made up in a folder: its numbers are chosen, its files are by the real code."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from harness import data, registry
from harness.config.load import load_benchmark
from harness.files import encode, write_rows, write_text
from harness.protocols import Metric
from harness.report.columns import write_csv_files
from harness.report.report_data import ArmDescription, ReportData
from harness.results import CostItem, Score, Span, TrainingRun
from harness.stages.pairs import pairs
from harness.stages.summaries import summarise
from harness.types import Prediction, Question

FILE = """
dataset: {dataset}
models: {{small: {{path: pocket}}}}
retrievers: {{bm25: {{type: bm25}}}}
weights:
  qa:   {{type: lora, sees: question}}
  docs: {{type: lora, sees: [documents, question]}}
  open: {{type: lora, sees: passages}}
arms:
  bare:    {{}}
  reader:  {{context: {{type: retrieved, k: 4}}}}
  tuned:   {{weights: qa}}
  studied: {{weights: docs}}
  naive:   {{weights: qa, context: {{type: retrieved, k: 4}}}}
  both:    {{weights: open, context: {{type: retrieved, k: 4}}}}
metrics: {{primary: contains}}
contrasts: [[reader, tuned]]
"""
"""No arm is called what a claim calls it: they are known by what they are."""

READERS = ("reader", "naive", "both")
PER_SPLIT = 20

Shares = Mapping[str, int]
"""Of an arm, on how many of the 20 questions of every answerable split it is right."""

RIGHT: Shares = {"bare": 0, "reader": 18, "tuned": 4, "studied": 3, "naive": 10, "both": 19}
REFUSED: Shares = {"bare": 20, "reader": 15, "tuned": 0, "studied": 0, "naive": 1, "both": 15}
HITS = 16
METRICS = ("contains", "rougeLsum", "abstention_recall", "hit@4")
MS = {"bare": 40.0, "reader": 100.0, "tuned": 90.0, "studied": 90.0, "naive": 150.0, "both": 160.0}
USD = {"bare": (0, 1), "reader": (1, 2), "tuned": (10, 1), "studied": (10, 1), "naive": (11, 3),
       "both": (11, 3)}  # fmt: skip
"""One-off and per question."""


def made_set(folder: Path) -> Path:
    """Write a question set: 20 questions of each test split, each with a document of its own."""
    splits = ("test-seen", "test-new", "test-unanswerable")
    rows = [(split, i) for split in splits for i in range(PER_SPLIT)] + [("train", 0)]
    write_rows(
        folder / "corpus.jsonl",
        [{"id": f"{s}-{i}", "text": f"The colour of {s} {i} is c{i}."} for s, i in rows],
    )
    write_rows(folder / "questions.jsonl", [_question(split, i) for split, i in rows])
    return folder


def _question(split: str, i: int) -> dict[str, object]:
    known = split != "test-unanswerable"
    row = {"id": f"q-{split}-{i}", "question": f"What colour is {split} {i}?", "split": split}
    answers = {"answers": [f"It is c{i}."] if known else [], "answerable": known}
    return {**row, **answers, "gold": [f"{split}-{i}"] if known else []}


def made_run(
    folder: Path,
    dataset: Path,
    right: Shares = RIGHT,
    only: Sequence[str] = (),
    name: str = "pocket",
    facts: Mapping[str, object] | None = None,
) -> Path:
    """Write the folder of a run whose arms are right as often as told."""
    file = folder.parent / f"{name}.yaml"
    write_text(file, FILE.format(dataset=json.dumps(str(dataset))))
    benchmark = load_benchmark(file)
    if only:
        kept = {arm: benchmark.arms[arm] for arm in only}
        benchmark = benchmark.model_copy(update={"arms": kept, "contrasts": ()})
    questions = data.load(dataset)
    arms = list(benchmark.arms)
    scores = [s for arm in arms for q in questions.test for s in _scores(arm, q, right)]
    metrics = _metrics()
    records = ReportData(
        benchmark=name,
        dataset=questions.name,
        arms=[ArmDescription(arm, "small", "", "", "", "") for arm in arms],
        primary="contains",
        summaries=summarise(scores, metrics, questions.test),
        pairs=pairs(scores, metrics, questions.test, benchmark.contrasts),
        training=[_training(w, i) for i, w in enumerate(benchmark.weights)],
        spans=[s for arm in arms for i in range(30) for s in _spans(arm, i)],
        costs=[item for arm in arms for item in _bill(arm)],
        scores=scores,
    )
    write_csv_files(records, folder)
    write_text(
        folder / "artefacts" / "records.json", json.dumps(encode(replace(records, scores=())))
    )
    for arm in arms:
        write_rows(
            folder / "predictions" / f"{arm}.jsonl",
            [_prediction(arm, q, right) for q in questions.test],
        )
    identity = {"dataset": {"name": questions.name, "digest": questions.digest}}
    machine = {"processor": "a processor", "cores": 2, "gpus": []}
    told = {"complete": True, "identity": identity, "machine": machine, **(facts or {})}
    write_text(folder / "run.json", json.dumps(encode({**told, "config": benchmark.model_dump()})))
    return folder


def _metrics() -> dict[str, Metric]:
    found: dict[str, Metric] = {n: registry.create("metric", n, {}) for n in METRICS[:3]}
    return {**found, METRICS[3]: registry.create("metric", "hit", {"k": 4})}


def _number(question: Question) -> int:
    return int(question.id.rpartition("-")[2])


def _is_right(arm: str, question: Question, right: Shares) -> bool:
    return question.answerable and _number(question) < right[arm]


def _refuses(arm: str, question: Question) -> bool:
    return arm == "bare" if question.answerable else _number(question) < REFUSED[arm]


def _scores(arm: str, question: Question, right: Shares) -> list[Score]:
    is_right, i = _is_right(arm, question, right), _number(question)
    values: dict[str, float | None] = dict.fromkeys(METRICS)
    if question.answerable:
        overlap = 0.0 if arm == "bare" else 0.5 + 0.02 * (i % 5) + 0.2 * is_right
        values |= {"contains": float(is_right), "rougeLsum": overlap}
        if arm in READERS:
            values["hit@4"] = float(i < HITS)
    else:
        values["abstention_recall"] = float(_refuses(arm, question))
    return [
        Score(arm, 0, question.split, question.id, metric, value,
              "not applicable" if value is None else "ok", () if value is None else (value, 1.0))
        for metric, value in values.items()
    ]  # fmt: skip


def _prediction(arm: str, question: Question, right: Shares) -> Prediction:
    said = f"It is c{_number(question)}." if _is_right(arm, question, right) else "It is grey."
    text = "The passages do not say." if _refuses(arm, question) else said
    passages = ("test-new-0:0-10",) if arm in READERS else ()
    return Prediction(arm, 0, question.split, question.id, text, passages)


def _spans(arm: str, i: int) -> list[Span]:
    jitter: Callable[[int], float] = lambda n: 0.1 * ((7 * i + n) % 11)  # noqa: E731
    total = MS[arm] + jitter(len(arm))
    found = {"embed": 10.0 + jitter(1), "search": 2.0} if arm in READERS else {}
    found |= {"first_token": total / 4, "total": total}
    return [Span(arm, f"q{i}", i, span, ms) for span, ms in found.items()]


def _bill(arm: str) -> list[CostItem]:
    once, each = USD[arm]
    lines = [("one-off", once)] if once else []
    lines += [("per question", each), ("per question, batch 1", each)]
    return [CostItem(arm, basis, "x", 1.0, "hour", usd, usd, "s") for basis, usd in lines]  # type: ignore[arg-type]


def _training(weights: str, i: int) -> TrainingRun:
    return TrainingRun(
        weights, 0, "lora r=8", "question", 10, 100_000, 1_100_000, 5, 1_000, 10.0 + i, 0.1, 0.2, 5,
        100.0, 0.4, "cpu", 0.9,
    )  # fmt: skip
