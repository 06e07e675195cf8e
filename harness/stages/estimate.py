"""What judging would take: all that metrics will ask, in calls and tokens."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol, runtime_checkable

from harness.protocols import Metric
from harness.stages.job import Job
from harness.stages.scores import to_measure
from harness.types import Case, Statement, Usage


@runtime_checkable
class Judging(Protocol):
    """What a metric has beside those of `Metric` where it asks the judge of the benchmark."""

    def statement(self, case: Case) -> Statement | None:
        """Return what the metric will ask about a case; None where it asks nothing."""
        ...


@runtime_checkable
class Asking(Protocol):
    """What a metric has beside those of `Metric` where it asks the judge while it measures."""

    def will_ask(self, case: Case) -> Iterable[Statement]:
        """Return about what it will ask."""
        ...


@runtime_checkable
class Estimating(Protocol):
    """What a metric has beside those of `Metric` where it asks the judge's model on its own."""

    def estimate(self, cases: Sequence[Case]) -> Usage:
        """Return about what measuring these cases would still take, without asking anybody."""
        ...


def questions_to_judge(
    metrics: Mapping[str, Metric], cases: Sequence[Case]
) -> Iterator[tuple[str, Case, Statement]]:
    """Yield (metric, case, statement) for all that metrics will ask the judge."""
    for name, metric in metrics.items():
        if isinstance(metric, Judging):
            for case in cases:
                if to_measure(metric, case) and (said := metric.statement(case)) is not None:
                    yield name, case, said


def to_ask(metrics: Mapping[str, Metric], cases: Sequence[Case]) -> list[Statement]:
    """Return about all that the judge is asked to judge; the same may stand there twice."""
    asked = [said for _, _, said in questions_to_judge(metrics, cases)]
    asked += [
        said
        for metric in metrics.values()
        if isinstance(metric, Asking)
        for case in cases
        if to_measure(metric, case)
        for said in metric.will_ask(case)
    ]
    return asked


def estimate(
    job: Job, metrics: Mapping[str, Metric], cases: Sequence[Case], asked: Sequence[Statement]
) -> Usage:
    """Return about what judging takes: verdicts, and what metrics ask the judge's model besides.

    Args:
        job: With the judge, which remembers: what is asked twice counts once.
        metrics: The metrics by name.
        cases: What they measure.
        asked: From `to_ask`, and what is judged besides.
    """
    besides = [
        metric.estimate([case for case in cases if to_measure(metric, case)])
        for metric in metrics.values()
        if isinstance(metric, Estimating)
    ]
    return total([job.judge.estimate(asked), *besides])


def total(usages: Sequence[Usage]) -> Usage:
    """Return several estimates as one."""
    return Usage(
        sum(usage.calls for usage in usages),
        sum(usage.tokens_in for usage in usages),
        sum(usage.tokens_out for usage in usages),
    )
