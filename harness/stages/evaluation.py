"""The whole benchmark, stage after stage: train, answer, time, score, summarise, bill."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TypeVar

from harness.config.records import Arm
from harness.costs.price_list import load_prices
from harness.protocols import Metric
from harness.provenance import commit, machine, packages
from harness.report.report_data import ReportData
from harness.results import Effect, Pair, Score, Summary
from harness.stages import floors
from harness.stages.answering import Answered, answer_all
from harness.stages.bills import bills
from harness.stages.cases import case, cases
from harness.stages.chosen import chosen_metrics
from harness.stages.describe import descriptions, floor_descriptions, warnings
from harness.stages.effects import effects
from harness.stages.fields import field_warnings
from harness.stages.four_cells import four_cells
from harness.stages.job import Job
from harness.stages.judging import JudgedAnswer, judge_answers
from harness.stages.pairs import pairs
from harness.stages.scores import score
from harness.stages.speed import latency_summaries
from harness.stages.summaries import summarise
from harness.stages.timings import time_all
from harness.stages.trainings import loss_curves, training_runs, training_warnings
from harness.stages.unchanged import base_unchanged
from harness.stages.weights import train_all
from harness.timing import Stopwatch
from harness.types import Case, Prediction

Row = TypeVar("Row", Summary, Pair, Effect)


@dataclass(frozen=True, slots=True)
class Evaluated:
    """All that a benchmark gave."""

    records: ReportData
    predictions: Mapping[str, Sequence[Prediction]]
    """By arm; floors have none."""
    judgements: Sequence[JudgedAnswer]
    """Of arms and floors; empty where no metric asks the judge."""


def evaluate(job: Job) -> Evaluated:
    """Run every stage; what an earlier run finished is read, not made again."""
    watch = Stopwatch(perf_counter)
    metrics = chosen_metrics(job)
    prices = load_prices(job.benchmark.prices)
    if job.threads is not None:
        _limit_threads(job.threads)
    with watch.span("training"):
        trained = train_all(job)
    folders = {key: made.folder for key, made in trained.items()}
    with watch.span("answering"):
        answered = answer_all(job, folders)
    with watch.span("latency"):
        spans = time_all(job, folders)
    floor_rows = floor_answers(job)
    of_arms, of_floors = [*cases(job, answered)], floor_cases(job, floor_rows)
    with watch.span("judging"):
        judged = judge_answers(job, metrics, [*of_arms, *of_floors], prices)
    with watch.span("scoring"):
        arm_scores = _score(job, of_arms, metrics, "score answers")
        floor_scores = _score(job, of_floors, metrics, "score floors")
    with watch.span("statistics"):
        costs, break_evens, cost_cells = bills(job, answered, trained, spans, prices)
        summaries = summarise([*arm_scores, *floor_scores], metrics, job.asked)
        summaries += [*latency_summaries(spans), *cost_cells]
        compared = pairs(
            arm_scores,
            metrics,
            job.asked,
            job.benchmark.contrasts,
            primary=job.benchmark.metrics.primary,
        )
        found = _effects(job, arm_scores, metrics)
    predictions: dict[str, list[Prediction]] = {}
    for column in answered:
        predictions.setdefault(column.run.name, []).extend(column.predictions)
    b = job.benchmark
    records = ReportData(
        benchmark=b.name,
        dataset=job.questions.name,
        arms=descriptions(job),
        primary=b.metrics.primary,
        summaries=_marked(summaries, judged.demoted),
        also=b.metrics.also,
        floors=floor_descriptions(floor_rows),
        contrasts=b.contrasts,
        pairs=_marked(compared, judged.demoted),
        effects=_marked(found, judged.demoted),
        training=training_runs(trained, prices),
        training_curve=loss_curves(trained),
        spans=spans,
        costs=costs,
        break_evens=break_evens,
        four_cells=four_cells(job, of_arms, arm_scores, metrics),
        scores=[*arm_scores, *floor_scores],
        slices={name: {q.id: q.meta.get(name, "") for q in job.to_answer} for name in b.slices},
        prices=b.prices,
        warnings=[
            *warnings(job, answered),
            *field_warnings(job),
            *training_warnings(trained),
            *judged.warnings,
            *job.artefacts.made_with_others(),
        ],
        facts={
            "config": b.model_dump(),
            "seeds": list(job.seeds),
            "packages": packages(),
            "machine": machine(job.threads),
            "commit": commit(),
            "stages": watch.seconds,
            "answering": _where_time_went(answered),
            "judge": judged.facts,
            "artefacts": sorted(job.artefacts.used),
            "base_unchanged": base_unchanged(job),
        },
    )
    return Evaluated(records, predictions, judged.answers)


def _marked(rows: Sequence[Row], demoted: Mapping[str, str]) -> list[Row]:
    """Return rows whose notes say of a demoted judge's metrics that they are."""
    return [
        replace(row, note="; ".join(filter(None, (row.note, demoted[row.metric]))))
        if row.metric in demoted
        else row
        for row in rows
    ]


def _limit_threads(threads: int) -> None:
    import torch

    torch.set_num_threads(threads)


def floor_answers(job: Job) -> list[Prediction]:
    """Return the answers that know nothing, or the wrong thing, for every question asked."""
    by, train = job.benchmark.metrics.majority_by, job.questions.split("train")
    return [
        *floors.majority(train, job.asked, by),
        *floors.swapped_value(job.asked, by),
        *floors.nearest_training_answer(train, job.asked),
    ]


def floor_cases(job: Job, predictions: Sequence[Prediction]) -> list[Case]:
    """Return the answers of floors with the texts around them; a floor reads nothing."""
    questions = {question.id: question for question in job.asked}
    return [case(questions[p.question_id], p, "none", (), job.documents) for p in predictions]


def _score(job: Job, of: Sequence[Case], metrics: Mapping[str, Metric], name: str) -> list[Score]:
    rows: list[Score] = []
    with job.progress.task(name, len(metrics), "metrics") as advance:
        for done, (label, metric) in enumerate(metrics.items(), start=1):
            rows += score(of, {label: metric})
            advance(done)
    return rows


def _effects(job: Job, scores: Sequence[Score], metrics: Mapping[str, Metric]) -> list[Effect]:
    """Return the effects of every 2 x 2 of the benchmark: base and trained, without and with."""
    plain = {n: a for n, a in job.benchmark.arms.items() if _reads(a, "none")}
    tuned = next((n for n, a in plain.items() if a.weights != "base"), None)
    if tuned is None:
        return []
    like = plain[tuned]
    arms = {n: a for n, a in job.benchmark.arms.items() if _differs_only_in_slots(a, like)}
    base = next((n for n in plain if n in arms and arms[n].weights == "base"), None)
    rag = next((n for n, a in arms.items() if _reads(a, "retrieved") and a.weights == "base"), None)
    if base is None or rag is None:
        return []
    hybrids = [n for n, a in arms.items() if a.context == arms[rag].context and a.weights != "base"]
    if not hybrids:
        return []
    both = next((n for n in hybrids if arms[n].weights == arms[tuned].weights), "")
    return effects(
        scores, metrics, job.asked,
        base=base, fine_tuned=tuned, rag=rag, both=both, hybrids=hybrids,
    )  # fmt: skip


def _reads(arm: Arm, context: str) -> bool:
    return arm.type == "model" and arm.context.type == context


def _differs_only_in_slots(arm: Arm, other: Arm) -> bool:
    """Return whether two arms of ours share model, prompt and decoding."""
    same = (arm.model, arm.prompt, arm.decoding) == (other.model, other.prompt, other.decoding)
    return arm.type == "model" and same


def _where_time_went(answered: Sequence[Answered]) -> dict[str, object]:
    """Return how much of the answering time was spent outside the models."""
    batches = [batch for column in answered for batch in column.log]
    seconds = sum(batch.seconds for batch in batches)
    inside = sum(batch.model_seconds for batch in batches)
    return {
        "batches": len(batches),
        "seconds": seconds,
        "model_seconds": inside,
        "share_outside_the_model": (seconds - inside) / seconds if seconds else None,
    }
