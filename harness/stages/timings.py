"""The latency stage on the arms of a benchmark: which questions, which models, in what order."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter

from harness.arms import Arm
from harness.data import sample
from harness.files import digest, read_rows, row_writer, source_digest
from harness.provenance import machine
from harness.results import Span
from harness.stages.answering import Weights, made_of, model_arm
from harness.stages.job import ArmRun, Job
from harness.stages.latency import Read, measure
from harness.timing import Stopwatch
from harness.types import Hit, Question

BLOCK = 10
"""Questions put to one model before the next is loaded, where memory holds one only."""


def time_all(job: Job, weights: Weights) -> list[Span]:
    """Return the spans of every arm of ours, its first seed, on the same sample of questions."""
    runs = [r for r in job.runs if r.arm.type == "model" and r.seed == job.seeds[0]]
    config = job.benchmark.latency
    if not runs or not config.questions:
        return []
    questions = sample(job.questions.test, config.questions, seed=0)
    spare = job.questions.split("train") or questions
    warmup = sample(spare, config.warmup, seed=0) if config.warmup else ()
    inputs = {
        "arms": [digest(made_of(job, run, weights)) for run in runs],
        "questions": [q.id for q in questions],
        "machine": machine(job.threads),
        "config": config.model_dump(),
        "source": source_digest("stages/latency", "stages/timings"),
    }

    def make(folder: Path) -> None:
        total = len(questions) * len(runs)
        with (
            row_writer(folder / "spans.jsonl") as write,
            job.progress.task("time one at a time", total, "answers") as advance,
        ):
            for done, spans in enumerate(_spans(job, runs, weights, questions, warmup), start=1):
                write(spans)
                advance(done)
        job.models.drop()

    folder = job.artefacts.build("latency", inputs, make)
    return list(read_rows(folder / "spans.jsonl", Span))


def _spans(
    job: Job,
    runs: Sequence[ArmRun],
    weights: Weights,
    questions: Sequence[Question],
    warmup: Sequence[Question],
) -> Iterator[list[Span]]:
    if job.benchmark.latency.order == "interleaved":
        arms = {r.name: _timed(job, r, weights, keep_others=True) for r in runs}
        yield from measure(arms, questions, warmup, perf_counter)
        return
    groups: dict[tuple[str, str, bool], list[ArmRun]] = {}
    for run in runs:
        groups.setdefault((run.arm.model, run.arm.weights, run.arm.merged), []).append(run)
    turns, numbered = list(groups.values()), 0
    for n, start in enumerate(range(0, len(questions), BLOCK)):
        for group in turns[n % len(turns) :] + turns[: n % len(turns)]:
            arms = {r.name: _timed(job, r, weights, keep_others=False) for r in group}
            block = questions[start : start + BLOCK]
            yield from measure(arms, block, warmup, perf_counter, numbered)
            numbered += len(block) * len(group)
            del arms  # or their model would stay in memory while the next is loaded


def _timed(job: Job, run: ArmRun, weights: Weights, *, keep_others: bool) -> tuple[Arm, Read]:
    return model_arm(job, run, weights, keep_others=keep_others), _reader(job, run)


def _reader(job: Job, run: ArmRun) -> Read:
    """Return what finds the passages of one question as serving would, search included."""
    context = run.arm.context
    if context.type in ("none", "gold"):
        known = job.contexts(run.arm)
        return lambda question, watch: known.get(question.id, ())
    retrieval = job.retrievals[context.retriever]
    depth = context.k if context.type == "retrieved" else retrieval.config.depth

    def read(question: Question, watch: Stopwatch) -> tuple[Hit, ...] | None:
        [ranking] = retrieval.retriever.retrieve_many([question.text], depth, watch)
        return retrieval.read(context, question, ranking)

    return read
