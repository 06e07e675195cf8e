"""From a benchmark file, or runs made elsewhere, to the numbers of their rankings."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness import data, registry
from harness.artefacts import Artefacts
from harness.config.load import load_benchmark
from harness.config.overrides import Options as Overrides
from harness.config.overrides import configured
from harness.config.records import Benchmark
from harness.errors import ConfigError, DataError, did_you_mean
from harness.progress import Progress, Silent
from harness.provenance import commit, machine, packages
from harness.report.latency import latency_rows
from harness.retrieving.asked import asked, to_tune_on
from harness.retrieving.measures import measure
from harness.retrieving.outcome import Outcome
from harness.retrieving.ranking import retrieved, systems
from harness.retrieving.system import System
from harness.retrieving.trec import has_grades, read_qrels, read_run
from harness.retrieving.tuning import Trial, tuned
from harness.runner import alone, data_options, folder_name
from harness.stages.job import Job
from harness.types import Question


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line may say."""

    dataset: str | None = None
    split: str = "test"
    limit: int | None = None
    out: Path | None = None
    only: tuple[str, ...] = ()
    depths: tuple[int, ...] = (1, 5, 10, 20)
    tune: bool = False
    threads: int | None = None
    runs: tuple[Path, ...] = ()
    """TREC runs made elsewhere, each one more system."""


def retrieve(path: Path, options: Options, progress: Progress | None = None) -> Outcome:
    """Run every retriever of a benchmark on the questions with gold; no model is loaded.

    What is finished is never done again: indexes, rankings and times are kept as artefacts, the
    same that `harness run` makes.

    Raises:
        HarnessError: Something a user can mend: one line says what, where and how.
    """
    progress = progress or Silent()
    written = configured(load_benchmark(path), Overrides(dataset=options.dataset))
    benchmark = _chosen(written, options, path)
    as_written = data_options(benchmark)
    questions = data.load(benchmark.dataset, replace(as_written, answers_needed=False))
    to_ask = asked(questions, options.split, options.limit)
    folder = options.out or Path("results") / folder_name(
        benchmark, Overrides(dataset=options.dataset)
    )
    with alone(folder):
        job = Job(benchmark, questions, to_ask, Artefacts(folder / "artefacts"), progress)
        job = replace(job, threads=options.threads)
        trials: list[Trial] = []
        if options.tune:
            tune_on, split = to_tune_on(questions, options.split, options.limit)
            benchmark, trials = tuned(job, tune_on, split)
            job = replace(job, benchmark=benchmark)
        found = [retrieved(retrieval, to_ask) for retrieval in job.retrievals.values()]
    ranked = [system for one in found for system in systems(one, benchmark)]
    others, warnings = _runs(options.runs, to_ask, [system.name for system in ranked])
    ranked += others
    measured = measure(ranked, to_ask, options.depths, progress)
    return Outcome(
        folder / "retrieval",
        benchmark.name,
        questions.name,
        to_ask,
        options.depths,
        ranked,
        measured.summaries,
        measured.pairs,
        latency_rows([s for one in found for s in one.spans], [one.label for one in found]),
        {one.label: one.build for one in found},
        {one.label: one.hits for one in found},
        trials,
        warnings,
        {
            "dataset": {"name": questions.name, "digest": questions.digest},
            "split": options.split,
            "questions": len(to_ask),
            "limit": options.limit,
            "retrievers": {n: r.model_dump() for n, r in benchmark.retrievers.items()},
            "packages": packages(),
            "machine": machine(options.threads),
            "commit": commit(),
        },
    )


def score_runs(qrels: Path, options: Options, progress: Progress | None = None) -> Outcome:
    """Score TREC runs against a qrels file: no benchmark, no corpus.

    Raises:
        ConfigError: No run is given.
        DataError: A file cannot be understood, or a run is about other questions.
    """
    if not options.runs:
        raise ConfigError("--qrels: give the runs to score, --trec-run FILE")
    questions = read_qrels(qrels)
    if options.limit is not None:
        questions = data.sample(questions, options.limit, seed=0)
    ranked, warnings = _runs(options.runs, questions, ())
    if has_grades(qrels):
        warnings.append(f"{qrels}: tells grades; every grade of 1 or more counts as gold alike")
    folder = options.out or Path("results") / qrels.stem
    measured = measure(ranked, questions, options.depths, progress or Silent())
    return Outcome(
        folder / "retrieval",
        qrels.stem,
        qrels.name,
        questions,
        options.depths,
        ranked,
        measured.summaries,
        measured.pairs,
        warnings=warnings,
        facts={
            "qrels": str(qrels),
            "runs": [str(run) for run in options.runs],
            "questions": len(questions),
            "packages": packages(),
            "commit": commit(),
        },
    )


def _chosen(benchmark: Benchmark, options: Options, path: Path) -> Benchmark:
    """Return the benchmark with the retrievers asked for, each checked.

    Raises:
        ConfigError: There is none, one is unknown, or a depth lies below a k.
    """
    known = benchmark.retrievers
    if not known:
        raise ConfigError(f"{path}: names no retriever; add some under 'retrievers'")
    for name in options.only:
        if name not in known:
            hint = did_you_mean(name, known)
            raise ConfigError(f"--only: no retriever is called {name!r}; {hint}")
    kept = {n: r for n, r in known.items() if not options.only or n in options.only}
    for label, retriever in kept.items():
        where = f"retrievers.{label}"
        registry.check("retriever", retriever.type, retriever.options, where)
        chunker = retriever.chunker
        registry.check("chunker", chunker.type, chunker.options, f"{where}.chunker")
        if retriever.depth < max(options.depths):
            raise ConfigError(
                f"{path}: {where}.depth: {retriever.depth}, less than --k {max(options.depths)}; "
                "raise the depth or lower k"
            )
    return benchmark.model_copy(update={"retrievers": kept})


def _runs(
    paths: Sequence[Path], questions: Sequence[Question], taken: Sequence[str]
) -> tuple[list[System], list[str]]:
    """Return runs as systems, and what is to be said about them.

    Raises:
        DataError: A run has none of the questions, or a name that is taken.
    """
    found: list[System] = []
    warnings: list[str] = []
    wanted = {q.id for q in questions}
    for path in paths:
        rankings = read_run(path)
        there = wanted & rankings.keys()
        if not there:
            raise DataError(
                f"{path}: has none of the {len(wanted):,} questions, such as {min(wanted)!r}; it "
                f"has {min(rankings)!r}"
            )
        if missing := len(wanted) - len(there):
            warnings.append(
                f"{path}: {missing:,} of {len(wanted):,} questions are not in it; they count as 0"
            )
        if path.stem in (*taken, *(system.name for system in found)):
            raise DataError(f"{path}: a system is called {path.stem!r} already; rename the file")
        found.append(System(path.stem, {i: rankings.get(i, ()) for i in wanted}, type="TREC run"))
    return found, warnings
