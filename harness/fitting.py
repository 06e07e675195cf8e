"""Training without answering: the weights of one arm, made where a later run finds them."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep
from typing import Any

from harness.artefacts import Artefacts
from harness.config.load import load_benchmark
from harness.config.overrides import Options, configured
from harness.config.records import Benchmark
from harness.costs.price_list import load_prices
from harness.errors import ConfigError, did_you_mean
from harness.files import encode
from harness.generation.load import choose_device
from harness.progress import Progress, Silent
from harness.results import TrainingRun
from harness.runner import alone, job_of, refuse_another
from harness.stages.identity import identity
from harness.stages.preflight import preflight
from harness.stages.trainings import training_runs, training_warnings
from harness.stages.tuning import tune
from harness.stages.weights import train_all
from harness.training.processes import ALONE, Processes


def fit(
    path: Path, arm: str, options: Options, progress: Progress | None = None
) -> list[tuple[Path, TrainingRun]]:
    """Return folder and record of an arm's weights for each seed; trained where they are not there.

    A later `run` of the same file, data and folder finds them.

    Raises:
        HarnessError: There is no such arm, it answers with base weights, or what stops a run.
    """
    benchmark = configured(load_benchmark(path), options)
    _check(benchmark, arm)
    processes = Processes.here(choose_device(options.device))
    progress = progress if progress is not None and processes.first else Silent()
    folder, job = job_of(path, replace(options, only=(arm,)), progress)
    if processes.count > 1:
        _check_splits(benchmark, arm)
        job = replace(job, artefacts=_Together(job.artefacts.root, processes=processes))
    with alone(folder) if processes.first else nullcontext():
        refuse_another(folder, encode(identity(job)))
        preflight(job)
        job = replace(job, benchmark=tune(job).benchmark)
        there = {found.name for found in (folder / "artefacts").glob("weights-*")}
        trained = train_all(job)
    for made in trained.values():
        if made.folder.name in there:
            progress.say(f"nothing to train: {made.folder} is there")
    for warning in training_warnings(trained):
        progress.say(f"warning: {warning}")
    runs = training_runs(trained, load_prices(benchmark.prices))
    return [(made.folder, run) for made, run in zip(trained.values(), runs, strict=True)]


SECONDS_BETWEEN_LOOKS = 0.2


@dataclass(frozen=True, slots=True)
class _Together(Artefacts):
    """Artefacts of several processes: all train, and the first makes what training needs.

    The others look out for that: a folder that is there is whole.
    """

    processes: Processes = ALONE

    def build(self, kind: str, made_of: Mapping[str, Any], make: Callable[[Path], None]) -> Path:
        path, first = self.path(kind, made_of), self.processes.first
        if kind != "weights":
            if first:
                return Artefacts.build(self, kind, made_of, make)
            while not path.exists():
                sleep(SECONDS_BETWEEN_LOOKS)
            return path
        if not self.processes.from_first(path.exists()):
            if first:
                Artefacts.build(self, kind, made_of, make)
            else:
                with TemporaryDirectory() as scratch:
                    make(Path(scratch))
            self.processes.wait()
        return path


def _check(benchmark: Benchmark, name: str) -> None:
    arms = benchmark.arms
    if name not in arms:
        raise ConfigError(f"--arm: no arm is called {name!r}; {did_you_mean(name, arms)}")
    if arms[name].type == "external" or arms[name].weights == "base":
        whose = "base weights" if arms[name].type == "model" else "what is not ours"
        ours = [n for n, arm in arms.items() if arm.type == "model" and arm.weights != "base"]
        raise ConfigError(
            f"--arm: {name!r} answers with {whose}, so there is nothing to train; "
            f"arms with trained weights: {', '.join(ours) or 'none'}"
        )


def _check_splits(benchmark: Benchmark, name: str) -> None:
    label = benchmark.arms[name].weights
    if benchmark.weights[label].start:
        raise ConfigError(
            f"weights.{label}: what goes on from other weights is not split over processes; "
            "start it without a launcher"
        )
