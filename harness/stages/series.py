"""The curves that a benchmark file asks for: which arm stands at which number."""

from harness.config.search_checks import ALL_PAIRS, number
from harness.config.settings import value_at
from harness.report.curves import Curve, Series
from harness.stages.job import Job
from harness.training.subset import is_pair


def series_of(job: Job) -> tuple[Series, ...]:
    """Return every series with its numbers, arms in rising order."""
    return tuple(
        Series(
            name,
            given.x,
            tuple(
                Curve(curve, tuple(sorted((_x(job, arm, given.x), arm) for arm in arms)))
                for curve, arms in given.curves.items()
            ),
            given.beside,
            given.log,
        )
        for name, given in job.benchmark.series.items()
    )


def _x(job: Job, arm: str, path: str) -> float:
    """Return the number of an arm; weights without `rows` are trained on all pairs."""
    found = number(value_at(job.benchmark, arm, path))
    if found is not None:
        return found
    if path != ALL_PAIRS:
        raise ValueError(f"{path} of arm {arm!r} is no number")  # the file was checked for it
    return float(sum(is_pair(question) for question in job.questions.split("train")))
