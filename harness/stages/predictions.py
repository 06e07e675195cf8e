"""The answers of one arm: kept row by row, so that nothing finished is ever asked again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from harness.arms import Answerer, Contexts
from harness.files import read_rows, row_writer
from harness.progress import Progress
from harness.stages.answers import BatchDone, answer, batches, to_ask
from harness.types import Prediction, Question


@dataclass(frozen=True, slots=True)
class Answers:
    """A folder of answers: `rows.jsonl`, and `batches.jsonl`, the log of who was asked when."""

    folder: Path

    def done(self) -> dict[str, Prediction]:
        """Return what is answered, by question id; a question asked again has its last row."""
        return {p.question_id: p for p in read_rows(self.folder / "rows.jsonl", Prediction)}

    def log(self) -> list[BatchDone]:
        """Return the log of the batches, in the order in which they were asked."""
        return list(read_rows(self.folder / "batches.jsonl", BatchDone))

    def missing(self, wanted: Collection[str], *, retry_failures: bool) -> set[str]:
        """Return which of the wanted questions are to be asked."""
        return to_ask(self.done(), wanted, retry_failures=retry_failures)

    def fill(
        self,
        arm: Answerer,
        questions: Sequence[Question],
        missing: Collection[str],
        contexts: Contexts,
        progress: Progress,
        name: str,
        machines: float = 1.0,
    ) -> None:
        """Ask what is missing; a batch is on disk the moment it is done.

        The log line of a batch comes after its rows: a kill in between may repeat that one batch,
        never lose it.
        """
        todo = batches(questions, contexts, arm.batch_size)
        with (
            row_writer(self.folder / "rows.jsonl") as write,
            row_writer(self.folder / "batches.jsonl") as log,
            progress.task(f"answer {name}", len(missing), "questions") as advance,
        ):
            answered = 0
            for predictions, batch in answer(arm, todo, missing, contexts, perf_counter, machines):
                write(predictions)
                log([batch])
                answered += len(predictions)
                advance(answered)


def in_order(done: Mapping[str, Prediction], questions: Sequence[Question]) -> list[Prediction]:
    """Return the predictions in question order: the same rows whatever the order of asking."""
    return [done[q.id] for q in questions if q.id in done]
