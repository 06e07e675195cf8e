"""From a benchmark file to a folder of results: the only module that knows that folder.

results/<benchmark>/
    predictions/<arm>.jsonl      one row per question and seed
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
from harness.config.records import Benchmark
from harness.data import DataOptions
from harness.errors import ArtefactError, ConfigError, did_you_mean
from harness.files import digest, encode, storage_errors, write_rows, write_text
from harness.progress import Progress, Silent
from harness.report.report_data import ReportData
from harness.report.terminal import print_report
from harness.report.write import write_report
from harness.stages.evaluation import evaluate
from harness.stages.identity import identity, run_key
from harness.stages.job import Job
from harness.types import Prediction


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line may change of a benchmark file."""

    dataset: str | None = None
    out: Path | None = None
    limit: int | None = None
    seeds: tuple[int, ...] = ()
    only: tuple[str, ...] = ()
    device: str = "auto"
    threads: int | None = None
    retry_failures: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    """A run that is done: its folder, its records, and how many questions failed."""

    folder: Path
    records: ReportData
    failures: int


def run(path: Path, options: Options = Options(), progress: Progress | None = None) -> Finished:
    """Run a benchmark file; what is finished is never done again.

    Raises:
        HarnessError: Something a user can mend: one line says what, where and how.
    """
    progress = progress or Silent()
    benchmark = configured(load_benchmark(path), options)
    questions = data.load(benchmark.dataset, _data_options(benchmark))
    asked = data.sample(questions.test, options.limit or len(questions.test), seed=0)
    folder = options.out or Path("results") / _name(benchmark, options)
    job = Job(
        benchmark=benchmark,
        questions=questions,
        asked=tuple(asked),
        artefacts=Artefacts(folder / "artefacts"),
        progress=progress,
        device=options.device,
        retry_failures=options.retry_failures,
    )
    with _alone(folder):
        key = run_key(job)
        if (finished := _already(folder, key, options)) is not None:
            progress.say(f"nothing to do: {folder} holds this run")
            return finished
        _claim(folder, job)
        start = perf_counter()
        records, predictions = evaluate(job, options.threads)
        failures = _write(folder, job, records, predictions, key, perf_counter() - start)
    return Finished(folder, records, failures)


def configured(benchmark: Benchmark, options: Options) -> Benchmark:
    """Return the benchmark with what the command line says in place of the file's."""
    changes: dict[str, Any] = {}
    if options.dataset is not None:
        changes["dataset"] = options.dataset
    if options.seeds:
        changes["training"] = benchmark.training.model_copy(update={"seeds": options.seeds})
    if options.only:
        for name in options.only:
            if name not in benchmark.arms:
                hint = did_you_mean(name, benchmark.arms)
                raise ConfigError(f"--only: no arm is called {name!r}; {hint}")
        changes["arms"] = {n: a for n, a in benchmark.arms.items() if n in options.only}
        changes["contrasts"] = tuple(
            pair for pair in benchmark.contrasts if set(pair) <= set(options.only)
        )
    return benchmark.model_copy(update=changes)


def report(folder: Path) -> Finished:
    """Make tables, plots and pages again from the records of a run.

    Raises:
        ArtefactError: There is no finished run.
    """
    finished = _load(folder)
    if finished is None:
        raise ArtefactError(f"{folder}: no finished run here; start one with `harness run`")
    write_report(finished.records, folder)
    return finished


def show(finished: Finished) -> None:
    """Print the tables of a run and where its report is."""
    print_report(finished.records, finished.folder)


def _data_options(benchmark: Benchmark) -> DataOptions:
    given = benchmark.data
    return DataOptions(columns=given.columns, splits=given.splits, split_seed=given.split_seed)


def _name(benchmark: Benchmark, options: Options) -> str:
    if options.dataset is None:
        return benchmark.name
    return f"{benchmark.name}-{Path(options.dataset).resolve().name}"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
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


def _claim(folder: Path, job: Job) -> None:
    """Write down whose folder this is, or refuse one that holds another run.

    Raises:
        ArtefactError: The folder's run has other data, models, prompts, decoding or seeds.
    """
    path, ours = folder / "run.json", encode(identity(job))
    if path.exists():
        theirs = json.loads(path.read_text(encoding="utf-8"))["identity"]
        if differing := [part for part in ours if theirs.get(part) != ours[part]]:
            raise ArtefactError(
                f"{folder} holds another run: it differs in {', '.join(differing)}; "
                "choose another --out, or delete the folder"
            )
    _write_run(folder, {"run_id": digest(ours), "identity": ours, "complete": False})


def _write_run(folder: Path, facts: dict[str, Any]) -> None:
    write_text(folder / "run.json", json.dumps(encode(facts), indent=1) + "\n")


def _write(
    folder: Path,
    job: Job,
    records: ReportData,
    predictions: dict[str, list[Prediction]],
    key: str,
    seconds: float,
) -> int:
    for arm, rows in predictions.items():
        write_rows(folder / "predictions" / f"{arm}.jsonl", rows)
    failures = sum(p.failure is not None for rows in predictions.values() for p in rows)
    write_report(records, folder)
    write_text(
        folder / "artefacts" / "records.json", json.dumps(encode(replace(records, scores=())))
    )
    ours = identity(job)
    _write_run(
        folder,
        {
            "run_id": digest(ours),
            "identity": ours,
            "complete": True,
            "key": key,
            "failures": failures,
            "seconds": seconds,
            **records.facts,
        },
    )
    return failures


def _already(folder: Path, key: str, options: Options) -> Finished | None:
    """Return the run in the folder where it is this one, finished, with nothing to try again."""
    path = folder / "run.json"
    if not path.exists():
        return None
    facts = json.loads(path.read_text(encoding="utf-8"))
    if (
        not facts["complete"]
        or facts["key"] != key
        or (facts["failures"] and options.retry_failures)
    ):
        return None
    return _load(folder)


def _load(folder: Path) -> Finished | None:
    path, records = folder / "run.json", folder / "artefacts" / "records.json"
    if not path.exists() or not records.exists():
        return None
    facts = json.loads(path.read_text(encoding="utf-8"))
    loaded = TypeAdapter(ReportData).validate_json(records.read_bytes())
    return Finished(folder, loaded, facts["failures"]) if facts["complete"] else None
