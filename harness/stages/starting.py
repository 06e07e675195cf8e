"""What weights go on from, and whether they can."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness import registry
from harness.errors import ConfigError
from harness.stages.job import Job

if TYPE_CHECKING:
    from harness.training.recipe import Method


@dataclass(frozen=True, slots=True)
class Start:
    """The weights that training goes on from."""

    label: str
    folder: Path


def adapting(job: Job, label: str) -> "Method":
    """Return the method whose parameters a set of weights consists of: that of its first ones."""
    from harness.preferences.preference import Preference

    config = job.benchmark.weights[label]
    made: Method | Preference = registry.create(
        "training", config.type, config.options, f"weights.{label}"
    )
    return adapting(job, config.start) if isinstance(made, Preference) else made


def check_start(job: Job, label: str) -> None:
    """Check that weights can go on from those that they name, as far as the file says.

    Raises:
        ConfigError: They do not fit each other, or there are none to go on from.
        MissingExtra: What trains them is not installed.
    """
    from harness.preferences.preference import Preference
    from harness.training.continuing import check_same_shape

    config, where = job.benchmark.weights[label], f"weights.{label}"
    made = registry.create("training", config.type, config.options, where)
    if isinstance(made, Preference):
        made.check()
        if not config.start:
            raise ConfigError(
                f"{where}: {config.type!r} goes on from trained weights; name them, as in "
                f"{label}: {{type: {config.type}, from: ...}}"
            )
        if config.sees[-1] in ("documents", "shards"):
            raise ConfigError(
                f"{where}: preference training asks questions, and these weights see "
                f"{config.sees[-1]} last; let 'sees' end in question or passages"
            )
    if config.start:
        check_start(job, config.start)
        if not isinstance(made, Preference):
            check_same_shape(made, adapting(job, config.start), where, config.start)
