"""From a benchmark file to a folder of results: the only module that knows that folder.

results/<benchmark>/
    predictions/<arm>.jsonl      one row per question and seed
    judgements.jsonl             one row per judged answer, with its claims
    scores.csv summary.csv pairs.csv effects.csv training.csv latency.csv cost.csv ...
    report.md report.html plots/
    run.json                     what the run was made of, and where its time went
    artefacts/                   chunks, indexes, rankings, weights, answers: built once
"""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

from pydantic import TypeAdapter

from harness import data
from harness.artefacts import Artefacts
from harness.config.load import load_benchmark
from harness.config.overrides import AS_WRITTEN, Options, configured
from harness.config.records import Benchmark
from harness.data import DataOptions
from harness.errors import ArtefactError
from harness.files import digest, encode, storage_errors, write_rows, write_text
from harness.progress import Progress, Silent
from harness.report.report_data import ReportData
from harness.report.terminal import print_report
from harness.report.write import write_report
from harness.stages.evaluation import Evaluated, evaluate
from harness.stages.identity import identity, run_key
from harness.stages.job import Job
from harness.stages.plan import Plan, planned
from harness.stages.preflight import preflight
from harness.stages.searched import searched
from harness.stages.tuning import trials_left, tune

__all__ = ["Finished", "Options", "configured", "data_options", "plan", "report", "run", "show"]


@dataclass(frozen=True, slots=True)
class Finished:
    """A run that is done: its folder, its records, and how many questions failed."""

    folder: Path
    records: ReportData
    failures: int


def run(path: Path, options: Options = AS_WRITTEN, progress: Progress | None = None) -> Finished:
    """Run a benchmark file; what is finished is never done again.

    Raises:
        HarnessError: Something a user can mend: one line says what, where and how.
    """
    progress = progress or Silent()
    folder, job = job_of(path, options, progress)
    with alone(folder):
        ours, key = encode(identity(job)), run_key(job)
        if (finished := _already(folder, key, options)) is not None:
            progress.say(f"nothing to do: {folder} holds this run")
            return finished
        refuse_another(folder, ours)
        preflight(job)
        if old := _differing(folder, job):
            progress.say(f"{folder}: replaces a report with other {old}; its answers stay")
        claim = {"run_id": digest(ours), "identity": ours}
        _write_run(folder, {**claim, "complete": False})
        start = perf_counter()
        tuned = tune(job)
        seconds = perf_counter() - start
        job = replace(job, benchmark=tuned.benchmark)
        found = evaluate(job)
        found = replace(found, records=searched(found.records, job, tuned, seconds))
        claim |= {"complete": True, "key": key, "seconds": perf_counter() - start}
        failures = _write(folder, claim, found, tuned.transient)
    return Finished(folder, found.records, failures)


def plan(path: Path, options: Options = AS_WRITTEN, progress: Progress | None = None) -> Plan:
    """Return what `run` would still do; nothing is trained, asked or written.

    Raises:
        HarnessError: Something that would stop the run before it begins.
    """
    folder, job = job_of(path, options, progress or Silent())
    refuse_another(folder, encode(identity(job)))
    tuning = trials_left(job)
    if tuning and not any(one.missing for one in tuning):
        job = replace(job, benchmark=tune(job).benchmark)
    return replace(planned(job), tuning=tuning)


def job_of(path: Path, options: Options, progress: Progress) -> tuple[Path, Job]:
    benchmark = configured(load_benchmark(path), options)
    questions = data.load(benchmark.dataset, data_options(benchmark))
    asked = questions.test
    if options.limit is not None and asked:
        asked = tuple(data.sample(asked, options.limit, seed=0))
    folder = options.out or Path("results") / folder_name(benchmark, options)
    return folder, Job(
        benchmark=benchmark,
        questions=questions,
        asked=asked,
        artefacts=Artefacts(folder / "artefacts"),
        progress=progress,
        device=options.device,
        threads=options.threads,
        retry_failures=options.retry_failures,
    )


def report(folder: Path) -> Finished:
    """Make tables, plots and pages again from the records of a run.

    Raises:
        ArtefactError: There is no finished run.
    """
    finished = _load(folder)
    if finished is None:
        if _facts(folder).get("complete"):
            raise ArtefactError(f"{folder}: artefacts/records.json, made by the run, is not here")
        raise ArtefactError(f"{folder}: no finished run here; start one with `harness run`")
    write_report(finished.records, folder)
    return finished


def show(finished: Finished) -> None:
    """Print the tables of a run and where its report is."""
    print_report(finished.records, finished.folder)


def data_options(benchmark: Benchmark) -> DataOptions:
    """Return how a benchmark file says its question set is to be read."""
    return DataOptions(**benchmark.data.model_dump())


def folder_name(benchmark: Benchmark, options: Options) -> str:
    if options.dataset is None:
        return benchmark.name
    dataset = Path(options.dataset).resolve().name
    return benchmark.name if dataset == benchmark.name else f"{benchmark.name}-{dataset}"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the folder, so that two runs never write into it at once."""
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ArtefactError(
                f"{folder}: another run is at work here; wait for it or choose another --out"
            ) from error
        yield


def refuse_another(folder: Path, ours: dict[str, Any]) -> None:
    """Raise an `ArtefactError` where the folder holds a run of other data, models or seeds."""
    theirs = _facts(folder).get("identity", ours)
    if differing := [part for part in ours if theirs.get(part) != ours[part]]:
        raise ArtefactError(
            f"{folder} holds another run: it differs in {', '.join(differing)}; "
            "choose another --out, or delete the folder"
        )


def _differing(folder: Path, job: Job) -> str:
    """Return what the configuration of the finished run in the folder has otherwise."""
    ours = json.loads(json.dumps(encode(job.benchmark.model_dump())))
    return ", ".join(k for k, v in _facts(folder).get("config", {}).items() if ours.get(k) != v)


def _write_run(folder: Path, facts: dict[str, Any]) -> None:
    write_text(folder / "run.json", json.dumps(encode(facts), indent=1) + "\n")


def _write(folder: Path, claim: dict[str, Any], found: Evaluated, transient: int) -> int:
    """Write everything, `run.json` last; return how many answers failed.

    `transient` is how many failures before the answers, in trials, may pass by themselves.
    """
    records, predictions, judged = found.records, found.predictions, folder / "judgements.jsonl"
    for old in (folder / "predictions").glob("*.jsonl"):
        if old.stem not in predictions:
            old.unlink()
    for arm, rows in predictions.items():
        write_rows(folder / "predictions" / f"{arm}.jsonl", rows)
    if found.judgements:
        write_rows(judged, found.judgements)
    else:
        judged.unlink(missing_ok=True)
    failed = [p.failure for rows in predictions.values() for p in rows if p.failure is not None]
    write_report(records, folder)
    kept = json.dumps(encode(replace(records, scores=())))
    write_text(folder / "artefacts" / "records.json", kept)
    outcome = {
        "failures": len(failed),
        "transient": transient + sum(f.transient for f in failed),
        "unjudged": sum(row.status in ("judge error", "timeout") for row in found.judgements),
    }
    _write_run(folder, {**claim, **outcome, **records.facts})
    return len(failed)


def _facts(folder: Path) -> dict[str, Any]:
    """Return `run.json`, empty where there is none yet.

    Raises:
        ArtefactError: It is broken, or not of this version.
    """
    path = folder / "run.json"
    if not path.exists():
        return {}
    try:
        facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        known = isinstance(facts["identity"], dict) and isinstance(facts["complete"], bool)
    except (ValueError, KeyError, TypeError):
        known = False
    if not known:
        raise ArtefactError(f"{path}: not a run of this version; choose another --out")
    return facts


def _already(folder: Path, key: str, options: Options) -> Finished | None:
    """Return the run in the folder where it is this one, finished, with nothing to try again."""
    facts = _facts(folder)
    again = facts.get("transient") or facts.get("unjudged")
    again = again or (facts.get("failures") and options.retry_failures)
    return None if again or facts.get("key") != key else _load(folder)


def _load(folder: Path) -> Finished | None:
    facts, path = _facts(folder), folder / "artefacts" / "records.json"
    if not facts.get("complete") or not path.exists():
        return None
    try:
        records = TypeAdapter(ReportData).validate_json(path.read_bytes())
    except ValueError as error:
        raise ArtefactError(f"{path}: not of this version; run the benchmark again") from error
    return Finished(folder, records, facts["failures"])
