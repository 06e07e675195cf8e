"""Every arm answers: what is kept is not asked again, and one model is in memory at a time."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.arms import Answerer, Arm
from harness.config.records import Arm as ArmConfig
from harness.errors import DataError
from harness.external import callable_source, from_callable, from_file
from harness.files import digest, source_digest
from harness.stages.answers import BatchDone
from harness.stages.job import ArmRun, Job
from harness.stages.models import Loadable, model_identity
from harness.stages.predictions import Answers, in_order
from harness.types import Prediction

SOURCE = ("arms", "contexts", "generation", "stages/contexts", "text/prompt")

Weights = Mapping[tuple[str, int], Path]
"""Folders of trained weights by (label, seed)."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One arm with one seed: its predictions in question order, and the log of its batches."""

    run: ArmRun
    predictions: tuple[Prediction, ...]
    log: tuple[BatchDone, ...]


def answer_all(job: Job, weights: Weights) -> list[Answered]:
    """Answer the questions with every arm, arms of the same weights one after the other."""
    wanted = [q.id for q in job.to_answer]
    kept = {
        run: Answers(job.artefacts.grow("answers", made_of(job, run, weights))) for run in job.runs
    }
    for run in sorted(job.runs, key=lambda r: (r.arm.model, r.arm.weights, r.seed, r.arm.merged)):
        missing = kept[run].missing(wanted, retry_failures=job.retry_failures)
        if missing:
            contexts = job.contexts(run.arm)
            arm = answerer(job, run, weights)
            name = run.name if len(job.seeds) == 1 else f"{run.name}, seed {run.seed}"
            kept[run].fill(arm, job.askable, missing, contexts, job.progress, name, job.machines)
            del arm  # or its model would stay in memory while the next is loaded
    job.models.drop()
    return [
        Answered(run, tuple(in_order(kept[run].done(), job.to_answer)), tuple(kept[run].log()))
        for run in job.runs
    ]


def made_of(job: Job, run: ArmRun, weights: Weights) -> dict[str, Any]:
    """Return all that an arm's answers depend on: the key under which they are kept."""
    arm, b = run.arm, job.benchmark
    questions = digest([(q.id, q.text, q.split, q.gold) for q in job.askable])
    common = {"arm": run.name, "seed": run.seed, "questions": questions}
    if arm.type == "external":
        return {**common, "external": external_identity(arm)}
    context = None
    if arm.context.type != "none":
        context = [arm.context.model_dump(), job.retrievals[arm.context.retriever].key]
    return {
        **common,
        "model": model_identity(b.models[arm.model]),
        "weights": None if arm.weights == "base" else weights[arm.weights, run.seed].name,
        "merged": arm.merged,
        "context": context,
        "prompt": job.prompt(arm.prompt),
        "decoding": b.decoding[arm.decoding].model_dump(),
        "device": job.device_type,
        "source": source_digest(*SOURCE),
    }


def external_identity(arm: ArmConfig) -> dict[str, str]:
    """Return what somebody else's answers are: the bytes of a file, or the name of a function.

    Raises:
        DataError: The file is absent.
    """
    if not arm.answers:
        return {"callable": arm.callable, "source": callable_source(arm.callable)}
    path = Path(arm.answers)
    if not path.is_file():
        raise DataError(f"{path}: no such file of answers")
    return {"file": hashlib.sha256(path.read_bytes()).hexdigest()}


def answerer(job: Job, run: ArmRun, weights: Weights, *, keep_others: bool = False) -> Answerer:
    """Return the arm, ready to answer; its model is loaded now."""
    if run.arm.type == "external":
        if run.arm.answers:
            return from_file(run.name, Path(run.arm.answers), seed=run.seed)
        return from_callable(run.name, run.arm.callable, seed=run.seed)
    return model_arm(job, run, weights, keep_others=keep_others)


def model_arm(job: Job, run: ArmRun, weights: Weights, *, keep_others: bool) -> Arm:
    """Return an arm of ours: weights x context x prompt."""
    arm = run.arm
    folder = None if arm.weights == "base" else weights[arm.weights, run.seed]
    decoding = job.benchmark.decoding[arm.decoding]
    return Arm(
        run.name,
        job.models.get(Loadable(arm.model, folder, arm.merged), keep_others=keep_others),
        job.prompt(arm.prompt),
        arm.context.type,
        decoding.max_tokens,
        decoding.temperature,
        decoding.top_p,
        run.seed,
    )
