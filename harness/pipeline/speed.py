"""How fast each stage is: documents, tokens and bytes in a time."""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.pipeline.deciding import Decided
from harness.pipeline.tally import Step


@dataclass(frozen=True, slots=True)
class Speed:
    """One stage; the rates of a stage are those of one worker, those of `all` of the build."""

    stage: str
    documents: int
    seconds: float
    documents_per_second: float | None
    gigabytes_per_hour: float | None
    tokens_per_second: float | None = None


def speeds(
    steps: Mapping[str, Step], decided: Decided, wall: float | None, workers: int
) -> tuple[Speed, ...]:
    """Return the stages in their order, then the whole build in seconds of the clock.

    Args:
        steps: Counts of all shards; their seconds are those of work, over all workers.
        decided: What finding duplicates took; it is the work of one process.
        wall: Seconds of the clock for the whole build; None where it was begun earlier.
        workers: Over how many processes the work was spread.
    """
    apart = {"equal": decided.exact_seconds, "near": decided.near_seconds}
    rows = [
        _speed(name, step, step.seconds + apart.get(name, 0.0)
               + (decided.boilerplate_seconds if name == "boilerplate" else 0.0))
        for name, step in steps.items()
    ]  # fmt: skip
    if wall is None:
        return tuple(rows)
    read, last = next(iter(steps.values())), list(steps.values())[-1]
    whole = Step(read.documents, read.bytes, 0, 0.0, last.tokens)
    return (*rows, _speed(f"all, {workers} workers", whole, wall))


def _speed(stage: str, step: Step, seconds: float) -> Speed:
    if seconds <= 0:
        return Speed(stage, step.documents, seconds, None, None)
    return Speed(
        stage,
        step.documents,
        round(seconds, 3),
        round(step.documents / seconds, 1),
        round(step.bytes / 1e9 / seconds * 3600, 2),
        round(step.tokens / seconds, 1) if step.tokens else None,
    )
