"""Training questions and documents to the examples that a set of weights is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.config.records import Weights
from harness.errors import DataError
from harness.stages.job import Job
from harness.stages.models import rendering_of
from harness.types import Hit, Question

if TYPE_CHECKING:
    from harness.generation.rendering import Rendering
    from harness.training.examples import Writer
    from harness.training.segments import Encoded, Example
    from harness.training.shards import Split

NEEDS = {
    "question": "has an answer",
    "passages": "has an answer and names its gold documents",
    "documents": "set has documents",
}


@dataclass(frozen=True, slots=True)
class Examples:
    """What one set of weights is trained on and watched with."""

    phases: "tuple[tuple[Example, ...], ...]"
    """In the order of `sees`."""
    watched: "tuple[Example, ...]"
    """What says which step is kept."""
    rendering: "Rendering"


def questions_of(job: Job, label: str, seed: int) -> tuple[Sequence[Question], Sequence[Question]]:
    """Return the questions that a set of weights is trained on, and those that watch it.

    Early stopping watches facts trained on for weights that must know them, of a part of the
    training questions those that it has. Weights that read passages watch new documents: theirs
    is to read, not to remember.

    Weights that see shards alone need none: these are split already.

    Raises:
        DataError: There are none to train on.
    """
    from harness.training.corruption import corrupted
    from harness.training.subset import covered, subset

    config = job.benchmark.weights[label]
    if set(config.sees) == {"shards"}:
        return (), ()
    train = job.questions.split("train")
    if not train:
        raise DataError(
            f"{job.questions.name}: no training questions, so weights {label!r} cannot be made; "
            "mark some questions as split train, or leave out the arms that use these weights"
        )
    kept = subset(train, config.rows, f"weights.{label}", seed=seed)
    wanted = "dev-new" if "passages" in config.sees else "dev-seen"
    dev = job.questions.split(wanted) or job.questions.split("dev-seen", "dev-new")
    if config.rows is not None and wanted == "dev-seen":
        dev = covered(dev, train, kept)
    return corrupted(kept, config.corrupted_share, seed=seed), dev


def examples(
    job: Job, label: str, train: Sequence[Question], dev: Sequence[Question], seed: int
) -> Examples:
    """Return the examples of each phase, and those that are watched.

    Raises:
        DataError: A phase has none.
    """
    from harness.training.examples import Writer, document_examples, question_examples
    from harness.training.shards import check_build, shard_examples

    config = job.benchmark.weights[label]
    rendering = rendering_of(job.benchmark.models[config.model])
    writer = Writer(rendering, job.prompt(config.prompt).messages)

    def made(part: str, split: "Split", questions: Sequence[Question]) -> "Sequence[Example]":
        if part == "shards":
            found = shard_examples(Path(config.shards), split)
            _check_held_out(job, label, found, writer)
            return found
        if part == "documents":
            return document_examples(job.questions.corpus)
        if part == "question":
            return question_examples(questions, writer)
        return _behind_passages(job, config, questions, writer, seed)

    if config.shards:
        check_build(Path(config.shards), rendering, job.prompt(config.prompt))
    phases = tuple(tuple(made(part, "train", train)) for part in config.sees)
    for part, phase in zip(config.sees, phases, strict=True):
        if not phase:
            raise DataError(
                f"{job.questions.name}: no training question {NEEDS[part]}, so weights {label!r} "
                f"cannot be trained on {part}; leave out the arms that use them"
            )
    last = config.sees[-1] if config.sees[-1] != "documents" else "question"
    return Examples(phases, tuple(made(last, "dev", dev)), rendering)


def _check_held_out(job: Job, label: str, shown: "Sequence[Encoded]", writer: "Writer") -> None:
    """Refuse rows that answer questions of this set which are not for training.

    Raises:
        DataError: There are some.
    """
    held = {
        tuple(writer.rendering.encode(writer.ask(question.text, ()))): question.id
        for question in job.questions.questions
        if question.split != "train"
    }
    found = [held[row.prompt] for row in shown if row.prompt in held]
    if found:
        raise DataError(
            f"weights.{label}: {len(found)} rows of {job.benchmark.weights[label].shards} answer "
            f"dev or test questions of {job.questions.name}, {found[0]!r} first; build again with "
            "`--against` and the question set"
        )


def _behind_passages(
    job: Job, config: Weights, questions: Sequence[Question], writer: "Writer", seed: int
) -> "list[Example]":
    from harness.training.examples import Reading, passage_examples

    reading = Reading(
        distractors=config.distractors,
        golden_share=config.golden_share,
        without_golden=config.without_golden,
        unanswerable_share=config.unanswerable_share,
        pairs_per_context=config.pairs_per_context,
        citations=config.citations,
    )
    hits: dict[str, tuple[Hit, ...]] = job.retrievals[config.retriever].rankings(questions)[0]
    return passage_examples(questions, hits, job.documents, writer, reading, seed=seed)
