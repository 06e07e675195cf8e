"""Questions to predictions, batch by batch; what is done stays done."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.arms import Answerer, Contexts
from harness.timing import Stopwatch
from harness.types import Prediction, Question


@dataclass(frozen=True, slots=True)
class Batch:
    """Some of the questions, always the same ones whatever was done before."""

    index: int
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class BatchDone:
    """The log of one batch: which questions were asked, and where the time went."""

    batch: int
    questions: tuple[str, ...]
    seconds: float
    model_seconds: float
    machines: float
    """How many priced machines were busy meanwhile: one GPU, or some cores."""


def batches(questions: Sequence[Question], contexts: Contexts, size: int) -> list[Batch]:
    """Cut the full question list into batches of prompts of about equal length.

    They depend on the questions and contexts alone, so neither a limit nor the moment of a
    kill changes which questions share a batch.
    """

    def length(question: Question) -> int:
        hits = contexts.get(question.id) or ()
        return len(question.text) + sum(len(hit.chunk.passage) for hit in hits)

    ordered = sorted(questions, key=lambda q: (length(q), q.id))
    return [
        Batch(n, tuple(ordered[start : start + size]))
        for n, start in enumerate(range(0, len(ordered), size))
    ]


def to_ask(
    done: Mapping[str, Prediction], wanted: Collection[str], *, retry_failures: bool
) -> set[str]:
    """Return the ids that are wanted and not answered yet; transient failures count as not."""

    def settled(prediction: Prediction) -> bool:
        failure = prediction.failure
        return failure is None or not (failure.transient or retry_failures)

    return {i for i in wanted if i not in done or not settled(done[i])}


def answer(
    arm: Answerer,
    todo: Sequence[Batch],
    ids: Collection[str],
    contexts: Contexts,
    clock: Callable[[], float],
    machines: float = 1.0,
) -> Iterator[tuple[list[Prediction], BatchDone]]:
    """Yield the predictions of each batch as it is done, questions in `ids` only."""
    for batch in todo:
        asked = [q for q in batch.questions if q.id in ids]
        if not asked:
            continue
        start, watch = clock(), Stopwatch(clock)
        predictions = arm.answer_many(asked, contexts, watch)
        yield (
            predictions,
            BatchDone(
                batch.index,
                tuple(q.id for q in asked),
                clock() - start,
                watch.seconds.get("model", 0.0),
                machines,
            ),
        )
