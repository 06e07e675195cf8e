"""Settings chosen on the development questions: as many trials for each arm that is tuned.

A trial is the arm with one setting, trained, asked and scored as the reported arm will be, but on
the development questions. Its weights, index and answers are artefacts like any other: what is
finished is not made again, and the chosen setting's are those of the reported arm.
"""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import Any

from harness.artefacts import Artefacts
from harness.config.records import Benchmark, Metrics
from harness.config.searching import Setting, Tune
from harness.config.settings import applied
from harness.errors import ConfigError, DataError, HarnessError, ModelError
from harness.progress import Silent
from harness.protocols import Metric
from harness.report.numbers import number
from harness.report.tuning import Trial
from harness.stages.answering import answer_all
from harness.stages.cases import cases
from harness.stages.chosen import chosen_metrics, judge_metrics
from harness.stages.job import Job
from harness.stages.plan import ToTry, planned
from harness.stages.preflight import preflight
from harness.stages.scores import score
from harness.stages.search_costs import Search, Spent
from harness.stages.summaries import summarise
from harness.stages.weights import train_all
from harness.types import Question

DEV = ("dev-seen", "dev-new")


@dataclass(frozen=True, eq=False)
class OnDev(Job):
    """A benchmark that is put to the development questions, and to no others."""

    @cached_property
    def askable(self) -> tuple[Question, ...]:
        """The development questions."""
        return self.questions.split(*DEV)

    @cached_property
    def to_answer(self) -> tuple[Question, ...]:
        """All of them, whatever limit there is on the test."""
        return self.askable


@dataclass(frozen=True, slots=True)
class Tuned:
    """A benchmark with the chosen settings, and how they were chosen."""

    benchmark: Benchmark
    trials: tuple[Trial, ...] = ()
    searches: tuple[Search, ...] = ()
    transient: int = 0
    """Answers of trials that failed and may not fail again."""

    @property
    def warnings(self) -> list[str]:
        """What a reader should know of trials that did not go well."""
        return [
            f"{t.arm}: trial {t.trial} ({t.setting}): "
            + (t.note or f"{t.failures} development questions failed and count as wrong")
            for t in self.trials
            if t.note or t.failures
        ]


@dataclass(frozen=True, slots=True)
class _Tried:
    setting: Setting
    trial: Trial
    spent: Spent
    transient: int = 0
    error: ModelError | None = None


def tune(job: Job) -> Tuned:
    """Return the benchmark with the settings that were best on the development questions.

    A setting that the model refuses, or whose loss diverges, is a trial without a value.

    Raises:
        HarnessError: What `check_trials` finds, or no setting of an arm can be used at all.
    """
    told = job.benchmark.tune
    if told is None:
        return Tuned(job.benchmark)
    check_trials(job)
    if job.threads is not None:
        import torch

        torch.set_num_threads(job.threads)
    [(label, metric)] = chosen_metrics(_trial_job(job, told, next(iter(told.arms)), {})).items()
    benchmark, trials, searches, transient = job.benchmark, list[Trial](), list[Search](), 0
    for arm in told.arms:
        found = list(_try_all(job, told, arm, label, metric))
        best = _best(found, higher_is_better=metric.higher_is_better)
        benchmark = applied(benchmark, arm, best.setting)
        trials += [replace(one.trial, chosen=one is best) for one in found]
        searches.append(Search.of(arm, [one.spent for one in found], best.spent))
        transient += sum(one.transient for one in found)
    return Tuned(benchmark, tuple(trials), tuple(searches), transient)


def check_trials(job: Job) -> None:
    """Check every trial as far as it goes without training or asking.

    Raises:
        HarnessError: There are no development questions, the metric asks a judge, or a setting
            does not fit.
    """
    told = job.benchmark.tune
    if told is None:
        return
    if not job.questions.split(*DEV):
        raise DataError(
            f"{job.questions.name}: no development questions to tune on; mark some training "
            "questions as split dev-seen or dev-new, or leave 'tune' out"
        )
    for arm, setting, trial in _trials(job, told):
        if judge_metrics(trial):
            raise ConfigError(
                f"tune.metric: {_metric(job, told)!r} asks a judge; choose by a metric of the "
                "answers alone, such as contains"
            )
        try:
            preflight(trial)
        except HarnessError as error:
            raise type(error)(f"tune.arms.{arm}: {in_words(setting)}: {error}") from error


def trials_left(job: Job) -> tuple[ToTry, ...]:
    """Return how many trials each tuned arm has, and how many of them are yet to be made.

    Raises:
        HarnessError: What `check_trials` finds.
    """
    with tempfile.TemporaryDirectory() as scratch:
        check_trials(replace(job, artefacts=Artefacts(Path(scratch)), progress=Silent()))
    told = job.benchmark.tune
    left: dict[str, list[bool]] = {}
    for arm, _, trial in _trials(job, told) if told else ():
        plan = planned(trial)
        missing = bool(plan.weights) or any(one.missing for one in plan.arms)
        left.setdefault(arm, []).append(missing)
    asked = len(job.questions.split(*DEV))
    return tuple(ToTry(arm, sum(some), len(some), asked) for arm, some in left.items())


def in_words(setting: Setting) -> str:
    """Return a setting as tables show it.

    >>> in_words({"context.k": 4, "context.threshold": None})
    'context.k = 4, context.threshold = none'
    """
    shown = {path: "none" if value is None else value for path, value in setting.items()}
    return ", ".join(f"{path} = {value}" for path, value in shown.items())


def _metric(job: Job, told: Tune) -> str:
    return told.metric or job.benchmark.metrics.primary


def _trials(job: Job, told: Tune) -> Iterator[tuple[str, Setting, OnDev]]:
    for arm in told.arms:
        for setting in told.settings(arm):
            yield arm, setting, _trial_job(job, told, arm, setting)


def _trial_job(job: Job, told: Tune, arm: str, setting: Setting) -> OnDev:
    b = applied(job.benchmark, arm, setting)
    alone: dict[str, Any] = {
        "arms": {arm: b.arms[arm]},
        "contrasts": (),
        "metrics": Metrics(primary=_metric(job, told)),
        "training": b.training.model_copy(update={"seeds": job.seeds[:1]}),
        "tune": None,
        "series": {},
    }
    given = {field.name: getattr(job, field.name) for field in fields(Job)}
    return OnDev(**{**given, "benchmark": b.model_copy(update=alone), "asked": ()})


def _try_all(job: Job, told: Tune, arm: str, label: str, metric: Metric) -> Iterator[_Tried]:
    """Yield the trials of an arm as they are done."""
    settings = told.settings(arm)
    known: set[str] = set()
    for n, setting in enumerate(settings, start=1):
        blank = Trial(arm, n, in_words(setting), label, unit=metric.unit)
        one = _try(_trial_job(job, told, arm, setting), setting, blank, metric, known)
        known |= {*one.spent.building, *one.spent.asking}
        shown = f"{label} {number(one.trial.value, metric.unit, one.trial.n)}"
        job.progress.say(
            f"{arm}: trial {n} of {len(settings)}: {in_words(setting)}: "
            + (one.trial.note or f"{shown} on {one.trial.n} development questions")
        )
        yield one


def _try(job: OnDev, setting: Setting, blank: Trial, metric: Metric, known: set[str]) -> _Tried:
    start = perf_counter()
    try:
        trained = train_all(job)
        [answered] = answer_all(job, {key: made.folder for key, made in trained.items()})
    except ModelError as error:
        seconds = (perf_counter() - start) * job.machines
        trial = replace(blank, machine_seconds=seconds, note=str(error))
        return _Tried(setting, trial, Spent({f"trial {blank.trial}": seconds}, {}), 0, error)
    spent = Spent.of(job, answered, trained, f"trial {blank.trial}")
    new = [made.run.tokens for made in trained.values() if made.folder.name not in known]
    scores = score([*cases(job, [answered])], {blank.metric: metric})
    summaries = summarise(scores, {blank.metric: metric}, job.to_answer)
    [cell] = [s for s in summaries if s.split == "all"]
    why = "" if cell.value is not None else f"no value on dev: {cell.note or 'nothing applies'}"
    trial = replace(
        blank,
        value=cell.value,
        low=cell.low,
        high=cell.high,
        n=cell.n,
        failures=cell.failures,
        machine_seconds=spent.new(known),
        trained_tokens=sum(new),
        tokens_in=spent.tokens_in,
        tokens_out=spent.tokens_out,
        note=why,
    )
    lost = [p.failure for p in answered.predictions if p.failure is not None]
    return _Tried(setting, trial, spent, sum(failure.transient for failure in lost))


def _best(found: Sequence[_Tried], *, higher_is_better: bool) -> _Tried:
    """Return the first trial with the best value."""
    values = {n: one.trial.value for n, one in enumerate(found)}
    known = {n: value for n, value in values.items() if value is not None}
    if not known:
        last = found[-1]
        problem = f"tune.arms.{last.trial.arm}: no trial gave a value; {last.trial.note}"
        raise type(last.error)(problem) if last.error else ConfigError(problem)
    sign = 1 if higher_is_better else -1
    return found[max(known, key=lambda n: sign * known[n])]
