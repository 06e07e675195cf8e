"""What the command line may change of a benchmark file."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from harness.config.records import Benchmark, Training
from harness.config.wording import in_words
from harness.errors import ConfigError, did_you_mean


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a run; each stands in place of what the file says."""

    dataset: str | None = None
    out: Path | None = None
    limit: int | None = None
    seeds: tuple[int, ...] = ()
    only: tuple[str, ...] = ()
    device: str = "auto"
    threads: int | None = None
    retry_failures: bool = False
    max_usd: float | None = None


AS_WRITTEN = Options()
"""Changes nothing."""


def configured(benchmark: Benchmark, options: Options) -> Benchmark:
    """Return the benchmark with what the command line says in place of the file's.

    Raises:
        ConfigError: An arm is unknown, or a seed is none.
    """
    changes: dict[str, Any] = {}
    if options.dataset is not None:
        changes["dataset"] = options.dataset
    if options.seeds:
        try:
            training = {**benchmark.training.model_dump(), "seeds": options.seeds}
            changes["training"] = Training.model_validate(training)
        except ValidationError as error:
            raise ConfigError(f"--seed: {in_words(error.errors()[0])}") from error
    if options.only:
        for name in options.only:
            if name not in benchmark.arms:
                hint = did_you_mean(name, benchmark.arms)
                raise ConfigError(f"--only: no arm is called {name!r}; {hint}")
        changes["arms"] = {n: a for n, a in benchmark.arms.items() if n in options.only}
        changes["contrasts"] = tuple(
            pair for pair in benchmark.contrasts if set(pair) <= set(options.only)
        )
        changes |= _searches_of(benchmark, set(options.only))
    if options.max_usd is not None:
        changes["judge"] = benchmark.judge.model_copy(update={"max_usd": options.max_usd})
    return benchmark.model_copy(update=changes)


def _searches_of(benchmark: Benchmark, arms: set[str]) -> dict[str, Any]:
    """Return what is left of `tune` and `series` for some of the arms."""
    tune = benchmark.tune
    if tune is not None:
        lists = {arm: paths for arm, paths in tune.arms.items() if arm in arms}
        tune = tune.model_copy(update={"arms": lists}) if lists else None
    series = {}
    for name, one in benchmark.series.items():
        left = {curve: [a for a in of if a in arms] for curve, of in one.curves.items()}
        curves = {curve: tuple(of) for curve, of in left.items() if len(of) > 1}
        beside = tuple(arm for arm in one.beside if arm in arms)
        if curves:
            series[name] = one.model_copy(update={"curves": curves, "beside": beside})
    return {"tune": tune, "series": series}
