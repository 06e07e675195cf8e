"""Fields of questions that a benchmark file names: `majority_by` and `slices`."""

from collections.abc import Iterator
from difflib import get_close_matches

from harness.errors import ConfigError
from harness.stages.job import Job


def check_fields(job: Job) -> None:
    """Refuse a misspelt field.

    One that no question has and that is like none may come from a file that this one extends:
    that is said in `field_warnings`.

    Raises:
        ConfigError: No question has the field, but one that is spelt nearly so.
    """
    there = _there(job)
    for key, name in _absent(job):
        if near := get_close_matches(name, there, n=1):
            raise ConfigError(f"{key}: no question has a field {name!r}; did you mean {near[0]!r}?")


def field_warnings(job: Job) -> Iterator[str]:
    """Yield what the fields that no question has leave out."""
    what = {"metrics.majority_by": "floors take all questions together",
            "slices": "its column in scores.csv is empty"}  # fmt: skip
    for key, name in _absent(job):
        yield f"{key}: no question has a field {name!r}: {what[key]}"


def _absent(job: Job) -> Iterator[tuple[str, str]]:
    b, there = job.benchmark, _there(job)
    named = [("metrics.majority_by", b.metrics.majority_by), *(("slices", s) for s in b.slices)]
    return ((key, name) for key, name in named if name and name not in there)


def _there(job: Job) -> set[str]:
    return {name for question in job.questions.questions for name in question.meta}
