"""An arm against itself: how much of a difference is noise of the machine.

Batch sizes change the order of floating-point sums and nothing else, so the same arm asked in
other batches is a comparison in which the truth is known to be no difference (an A/A test).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np

from harness import data
from harness.artefacts import Artefacts
from harness.config.load import load_benchmark
from harness.config.overrides import Options, configured
from harness.config.records import Benchmark
from harness.errors import ConfigError, DataError, did_you_mean
from harness.files import write_text
from harness.progress import Progress, Silent
from harness.protocols import Metric
from harness.report.columns import COLUMNS, csv_text
from harness.results import Pair
from harness.runner import alone, data_options
from harness.stages.answering import Answered, Weights, answerer, made_of
from harness.stages.cases import cases
from harness.stages.chosen import chosen_metrics, judge_metrics
from harness.stages.job import ArmRun, Job
from harness.stages.pairs import pairs
from harness.stages.predictions import Answers, in_order
from harness.stages.samples import ALL
from harness.stages.scores import score
from harness.stages.weights import train_all
from harness.stats import clusters, effective_size, wilson

BATCH_SIZES = (1, 7)
"""Alone, and in batches whose last one is seldom full; beside the size of the benchmark file."""

TEXTS = "texts that differ"
"""What stands as the metric in the row that counts answers and not scores."""


@dataclass(frozen=True, slots=True)
class Noise:
    """The arm, and every two of its runs compared: in texts, then in every metric and split."""

    arm: str
    questions: int
    rows: Sequence[Pair]

    @property
    def texts(self) -> tuple[Pair, ...]:
        """The rows that say what share of the texts differ."""
        return tuple(row for row in self.rows if row.metric == TEXTS)

    @property
    def moved(self) -> tuple[Pair, ...]:
        """The comparisons of metrics in which anything differs."""
        return tuple(row for row in self.rows if row.metric != TEXTS and row.difference)

    @property
    def rejected(self) -> tuple[Pair, ...]:
        """Comparisons in which a corrected test calls the arm better than itself."""
        return tuple(r for r in self.rows if r.p_holm is not None and r.p_holm <= 0.05)


def noise_floor(
    path: Path, options: Options, arm: str = "", progress: Progress | None = None
) -> Noise:
    """Answer with one arm in batches of several sizes, compare, and write `noise.csv`.

    Weights and index are those of the benchmark's own run where there is one. Answers are kept
    under `noise/`, so what is finished is never asked again. Metrics that ask a judge are left
    out: the same text has the same verdict.

    Args:
        path: The benchmark file.
        options: Of the run; `out` is where its results are, or will be.
        arm: Its name; without one, the first arm that reads retrieved passages.
        progress: What to tell meanwhile.

    Raises:
        ConfigError: There is no such arm, or it is not ours to ask in batches.
        DataError: There is no question to ask.
    """
    benchmark = configured(load_benchmark(path), options)
    name = _chosen(benchmark, arm)
    benchmark = configured(benchmark, replace(options, only=(name,)))
    questions = data.load(benchmark.dataset, data_options(benchmark))
    asked = questions.test
    if not asked:
        raise DataError(f"{benchmark.dataset}: no test questions to ask")
    if options.limit is not None:
        asked = tuple(data.sample(asked, options.limit, seed=0))
    folder = options.out or Path("results") / benchmark.name
    job = Job(
        benchmark=benchmark,
        questions=questions,
        asked=asked,
        artefacts=Artefacts(folder / "artefacts"),
        progress=progress or Silent(),
        device=options.device,
        threads=options.threads,
    )
    metrics = _unjudged_metrics(job)
    with alone(folder):
        trained = {key: made.folder for key, made in train_all(job).items()}
        columns = [*_asked_in_batches(job, trained, folder / "noise")]
        rows = score([*cases(job, columns)], metrics)
        compared = [*_texts(job, columns), *pairs(rows, metrics, asked)]
        fields = COLUMNS["pairs.csv"]
        table = csv_text(fields, ([getattr(row, field) for field in fields] for row in compared))
        write_text(folder / "noise" / "noise.csv", table)
    return Noise(name, len(asked), compared)


def _chosen(benchmark: Benchmark, arm: str) -> str:
    """Return the arm to ask."""
    ours = {name: a for name, a in benchmark.arms.items() if a.type == "model"}
    if arm and arm not in benchmark.arms:
        raise ConfigError(f"--arm: no arm is called {arm!r}; {did_you_mean(arm, ours)}")
    if arm and arm not in ours:
        raise ConfigError(f"--arm: {arm!r} is external: its batches are not ours to change")
    if not ours:
        raise ConfigError(f"{benchmark.name}: every arm is external; there is none to ask here")
    readers = [name for name, a in ours.items() if a.context.type == "retrieved"]
    return arm or next(iter([*readers, *ours]))


def _unjudged_metrics(job: Job) -> dict[str, Metric]:
    """Return the metrics of the benchmark that look at a text alone."""
    given, judged = job.benchmark.metrics, judge_metrics(job)
    labels = [label for label in (given.primary, *given.also) if label not in judged]
    if not labels:
        return {}
    kept = given.model_copy(update={"primary": labels[0], "also": tuple(labels[1:])})
    benchmark = job.benchmark.model_copy(update={"metrics": kept})
    return chosen_metrics(replace(job, benchmark=benchmark))


def _asked_in_batches(job: Job, weights: Weights, folder: Path) -> Iterator[Answered]:
    """Yield the arm's answers for its own batch size and for `BATCH_SIZES`, each under a name."""
    run = job.runs[0]
    model = run.arm.model
    options = job.benchmark.models[model].model_dump()
    wanted, done = [q.id for q in job.asked], set[int]()
    for size in (None, *BATCH_SIZES):
        changed = options if size is None else {**options, "batch_size": size}
        models = {**job.benchmark.models, model: type(job.benchmark.models[model])(**changed)}
        variant = replace(job, benchmark=job.benchmark.model_copy(update={"models": models}))
        arm = answerer(variant, run, weights)
        if arm.batch_size in done:
            continue
        done.add(arm.batch_size)
        name = f"{run.name}, batch {arm.batch_size}"
        place = Artefacts(folder / f"batch-{arm.batch_size}")
        kept = Answers(place.grow("answers", made_of(job, run, weights)))
        missing = kept.missing(wanted, retry_failures=False)
        if missing:
            contexts = job.contexts(run.arm)
            kept.fill(arm, job.askable, missing, contexts, job.progress, name, job.machines)
        del arm  # or its model would stay in memory while the next is loaded
        variant.models.drop()
        said = in_order(kept.done(), job.asked)
        yield Answered(
            ArmRun(name, run.seed, run.arm), tuple(replace(p, arm=name) for p in said), ()
        )


def _texts(job: Job, columns: Sequence[Answered]) -> Iterator[Pair]:
    """Yield for every two columns what share of their texts differ, on all questions."""
    labels = clusters(job.asked)
    said: Mapping[str, Sequence[str]] = {
        c.run.name: [p.text if p.failure is None else p.failure.kind for p in c.predictions]
        for c in columns
    }
    for b, a in combinations(said, 2):
        differ = np.array([x != y for x, y in zip(said[a], said[b], strict=True)], float)
        share = float(differ.mean())
        low, high = wilson(share, effective_size(differ, labels))
        yield Pair(
            a=a,
            b=b,
            split=ALL,
            metric=TEXTS,
            difference=share,
            low=low,
            high=high,
            p=None,
            n=len(differ),
            clusters=len(set(labels.tolist())),
            seeds=1,
            method="Wilson",
        )
