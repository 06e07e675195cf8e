"""Training questions and documents to weights: one artefact for each set and seed."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from pydantic import TypeAdapter

from harness import registry
from harness.config.records import Weights
from harness.errors import DataError
from harness.files import digest, source_digest, write_text
from harness.lineage.shown import write_shown
from harness.results import TrainingRun
from harness.stages.job import Job
from harness.stages.models import model_identity
from harness.types import Hit, Question

NEEDS = {
    "question": "has an answer",
    "passages": "has an answer and names its gold documents",
    "documents": "set has documents",
}

SECONDS_BETWEEN_CHECKPOINTS = 20.0

SOURCE = ("training", "generation", "text/prompt", "stages/weights")


@dataclass(frozen=True, slots=True)
class Trained:
    """A folder of weights, and what it took to make them."""

    folder: Path
    run: TrainingRun
    machine_seconds: float


def train_all(job: Job) -> dict[tuple[str, int], Trained]:
    """Return every set of weights that an arm names, with every seed; made where it is not there.

    Raises:
        DataError: There is nothing to train on.
    """
    named = dict.fromkeys(arm.weights for arm in job.benchmark.arms.values() if arm.type == "model")
    return {
        (label, seed): _trained(job, label, seed)
        for label in named
        if label != "base"
        for seed in job.seeds
    }


def _trained(job: Job, label: str, seed: int) -> Trained:
    config = job.benchmark.weights[label]
    train, dev = job.questions.split("train"), _dev(job, config)
    if not train:
        raise DataError(
            f"{job.questions.name}: no training questions, so weights {label!r} cannot be made; "
            "mark some questions as split train, or leave out the arms that use these weights"
        )
    tokens = config.tokens or job.benchmark.training.tokens_per_weights
    made_of = {
        "weights": config.model_dump(),
        "model": model_identity(job.benchmark.models[config.model]),
        "prompt": job.prompt(config.prompt),
        "train": digest(train),
        "dev": digest(dev),
        "documents": job.corpus_digest if "documents" in config.sees else "",
        "index": job.retrievals[config.retriever].key if "passages" in config.sees else "",
        "tokens": tokens,
        "seed": seed,
        "device": job.device_type,
        "source": source_digest(*SOURCE),
    }
    unfinished = job.artefacts.path("weights", made_of).with_suffix(".unfinished")
    folder = job.artefacts.build(
        "weights",
        made_of,
        lambda part: _train(job, label, config, train, dev, seed, tokens, part, unfinished),
    )
    shutil.rmtree(unfinished, ignore_errors=True)
    record = (folder / "training.json").read_bytes()
    build = json.loads((folder / "build.json").read_text(encoding="utf-8"))
    made = TypeAdapter(TrainingRun).validate_json(record)
    return Trained(folder, made, made.seconds * build["machines"])


def _dev(job: Job, config: Weights) -> tuple[Question, ...]:
    """Return what early stopping watches: facts trained on for weights that must know them.

    Weights that read passages watch new documents: theirs is to read, not to remember.
    """
    wanted = "dev-new" if "passages" in config.sees else "dev-seen"
    return job.questions.split(wanted) or job.questions.split("dev-seen", "dev-new")


def _train(
    job: Job,
    label: str,
    config: Weights,
    train: Sequence[Question],
    dev: Sequence[Question],
    seed: int,
    tokens: int,
    folder: Path,
    unfinished: Path,
) -> None:
    from harness.generation.rendering import Rendering
    from harness.training.checkpoint import Checkpoint
    from harness.training.examples import (
        Reading,
        Writer,
        document_examples,
        passage_examples,
        question_examples,
    )
    from harness.training.segments import Example
    from harness.training.trainer import train as run_training

    model = job.benchmark.models[config.model]
    rendering = Rendering.of(model.path, model.options.get("template_options"))
    writer = Writer(rendering, job.prompt(config.prompt).messages)
    reading = Reading(
        distractors=config.distractors,
        golden_share=config.golden_share,
        without_golden=config.without_golden,
        unanswerable_share=config.unanswerable_share,
        pairs_per_context=config.pairs_per_context,
    )

    def examples(part: str, questions: Sequence[Question]) -> list[Example]:
        if part == "documents":
            return document_examples(job.questions.corpus)
        if part == "question":
            return question_examples(questions, writer)
        hits: dict[str, tuple[Hit, ...]] = job.retrievals[config.retriever].rankings(questions)[0]
        return passage_examples(questions, hits, job.documents, writer, reading, seed=seed)

    phases = [examples(part, train) for part in config.sees]
    for part, made in zip(config.sees, phases, strict=True):
        if not made:
            raise DataError(
                f"{job.questions.name}: no training question {NEEDS[part]}, so weights {label!r} "
                f"cannot be trained on {part}; leave out the arms that use them"
            )
    last = config.sees[-1] if config.sees[-1] != "documents" else "question"
    watched = examples(last, dev)
    method = registry.create("training", config.type, config.options, f"weights.{label}")
    name = label if len(job.seeds) == 1 else f"{label}, seed {seed}"
    with job.progress.task(f"train {name}", tokens, "tokens") as advance:
        run_training(
            method,
            phases,
            watched,
            model.path,
            folder,
            seed=seed,
            tokens=tokens,
            device=job.device,
            weights=label,
            sees=" + ".join(config.sees),
            rendering=rendering,
            progress=lambda step, total, loss: advance(round(tokens * step / max(total, 1))),
            checkpoint=Checkpoint(
                unfinished, unfinished.stem, SECONDS_BETWEEN_CHECKPOINTS, perf_counter
            ),
        )
    write_shown(folder, {**dict(zip(config.sees, phases, strict=True)), "dev": watched})
    write_text(folder / "build.json", json.dumps({"machines": job.machines}))
