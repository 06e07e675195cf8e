"""Arms in words: what each was given, and in what else it differs."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.config.records import Arm
from harness.external import mismatch
from harness.report.report_data import ArmDescription
from harness.stages.answering import Answered
from harness.stages.floors import MAJORITY, NEAREST_TRAINING_ANSWER, SWAPPED_VALUE
from harness.stages.job import Job
from harness.types import Prediction

REASON = 120
"""Characters shown of why a question failed."""

FLOORS = {
    MAJORITY: "the most frequent training value",
    SWAPPED_VALUE: "the right sentence with another fact's value",
    NEAREST_TRAINING_ANSWER: "the answer to the most similar training question",
}

SEES = {
    "question": "training questions and answers",
    "passages": "training questions with passages, and answers",
    "documents": "the text of all documents",
    "shards": "the token sequences of a build",
}

READS = {
    "none": "",
    "retrieved": "{k} retrieved passages",
    "gold": "the gold documents",
    "wrong": "{k} wrong passages",
    "whole": "whole documents, as many as fit",
}


def descriptions(job: Job) -> list[ArmDescription]:
    """Return every arm in words, in the order of the file."""
    return [_describe(job, name, arm) for name, arm in job.benchmark.arms.items()]


def floor_descriptions(predictions: Sequence[Prediction]) -> list[ArmDescription]:
    """Return the floors that have answers, in words."""
    present = {p.arm for p in predictions}
    return [
        ArmDescription(name, "none", "none", "none", "none", given)
        for name, given in FLOORS.items()
        if name in present
    ]


def _describe(job: Job, name: str, arm: Arm) -> ArmDescription:
    if arm.type == "external":
        source = arm.answers or arm.callable
        return ArmDescription(
            name, "external", "unknown", "unknown", "unknown", f"not ours: {source}",
            "another pipeline",
        )  # fmt: skip
    context = arm.context
    reads = READS[context.type].format(k=context.k)
    shown: str = context.type
    if context.type in ("retrieved", "wrong"):
        shown += f", k = {context.k}"
    if context.threshold is not None:
        reads = f"up to {reads} that score {context.threshold:g} or more"
        shown += f", threshold {context.threshold:g}"
    if context.type != "none" and len(job.benchmark.retrievers) > 1:
        shown += f", from {context.retriever}"
    return ArmDescription(
        name, arm.model, arm.weights, shown, arm.prompt, _given(job, arm, reads),
        _confounds(job, arm),
    )  # fmt: skip


def _given(job: Job, arm: Arm, reads: str) -> str:
    trained = job.benchmark.weights.get(arm.weights)
    learned = [SEES[part] for part in trained.sees] if trained else []
    parts = [
        f"learned {' and '.join(learned)}" if learned else "",
        f"reads {reads}" if reads else "",
    ]
    return "; ".join(filter(None, parts)) or "the question alone"


def _confounds(job: Job, arm: Arm) -> str:
    """Return in what an arm differs besides weights, context and prompt from most of the others."""
    arms = [a for a in job.benchmark.arms.values() if a.type == "model"]
    model = Counter(a.model for a in arms).most_common(1)[0][0]
    decoding = Counter(a.decoding for a in arms).most_common(1)[0][0]
    found = [f"model {arm.model}"] if arm.model != model else []
    found += [f"decoding {arm.decoding}"] if arm.decoding != decoding else []
    return ", ".join(found)


def warnings(job: Job, answered: Sequence[Answered]) -> list[str]:
    """Return what a reader of the tables should know: cut contexts, failures, small splits."""
    found = []
    for column in answered:
        name = column.run.name
        if len(job.seeds) > 1:
            name += f", seed {column.run.seed}"
        found += [f"{name}: {said}" for said in _unanswered(job, column)]
        cut = sum(p.warning.startswith("context cut") for p in column.predictions)
        if cut:
            found.append(f"{name}: the context of {cut} questions did not fit the window whole")
        ended = sum(p.truncated for p in column.predictions)
        if ended:
            found.append(f"{name}: {ended} answers were ended by max_tokens")
        if column.run.arm.type == "model" and column.run.arm.context.type == "whole":
            gold = {q.id: set(q.gold) for q in job.asked if q.gold}
            read = sum(
                not gold.get(p.question_id, set()).isdisjoint(_documents_read(p))
                for p in column.predictions
            )
            asked = len(gold)
            found.append(
                f"{name}: a gold document was in the window for {read} of {asked} questions"
            )
    if len(job.asked) < len(job.questions.test):
        found.append(f"a sample of {len(job.asked)} of {len(job.questions.test)} test questions")
    trained = any(run.arm.weights != "base" for run in job.runs if run.arm.type == "model")
    if len(job.seeds) == 1 and trained:
        found.append("one training seed: intervals do not include the variance of training")
    return found


def _unanswered(job: Job, column: Answered) -> Iterator[str]:
    """Yield how far a file of answers fits, or how many questions failed and why the first did."""
    if column.run.arm.answers:
        asked = [p.question_id for p in column.predictions]
        known = [q.id for q in job.questions.questions]
        yield from filter(None, [mismatch(Path(column.run.arm.answers), asked, known)])
        return
    kinds: dict[str, list[str]] = {}
    for failure in (p.failure for p in column.predictions if p.failure is not None):
        kinds.setdefault(failure.kind, []).append(" ".join(failure.message.split()))
    for kind, reasons in kinds.items():
        such_as = ", such as" if len(set(reasons)) > 1 else ""
        reason = reasons[0] if len(reasons[0]) <= REASON else f"{reasons[0][:REASON].rstrip()} …"
        why = f"{kind}{such_as}: {reason}" if reason else kind
        yield f"{len(reasons)} questions failed ({why})"


def _documents_read(prediction: Prediction) -> set[str]:
    return {passage.rpartition(":")[0] for passage in prediction.passages}
