"""Cases to one row per metric: value, 95 % interval, n and the settings that made the number."""

import inspect
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from harness import registry
from harness.errors import ConfigError
from harness.judges.remembered import Remembered
from harness.progress import Progress, Silent
from harness.protocols import Embedder, Judge, Metric
from harness.results import Score, Summary
from harness.scoring.reading import Columns, read_cases
from harness.stages.samples import ALL
from harness.stages.scores import score
from harness.stages.summaries import summarise
from harness.types import Case

STANDARD = (
    "exact_match", "token_f1", "contains", "rouge1", "rouge2", "rougeL", "rougeLsum",
    "rougeLsum_stem", "bleu", "bleu_sentence_exp", "bleu_sentence_unsmoothed", "chrf", "meteor",
    "cosine_tfidf", "cosine", "abstention_recall",
)  # fmt: skip
WITH_CONTEXT = ("faithfulness_retrieved",)
WITH_CITATIONS = ("citation_recall", "citation_precision", "provenance_coverage")
"""What is measured where nothing is asked for, as far as it applies to some row.

`cosine_coverage` is not among them: it embeds every sentence, where `cosine` embeds two texts a
row, and would be most of the wait.
"""
EMBEDDER, JUDGE = "minilm", "offline"


def score_file(
    path: Path,
    columns: Columns,
    names: Sequence[str] = (),
    progress: Progress | None = None,
) -> list[Summary]:
    """Return one row per metric over all rows of a file; no system is run.

    Every row is a question and a cluster of its own. The numbers come from the code that makes
    the tables of a benchmark.

    Args:
        path: JSON lines, JSON, CSV or Parquet.
        columns: What stands where.
        names: Metrics, as in a benchmark file; the standard ones if empty.
        progress: Told of every metric.

    Raises:
        DataError: The file is not what it should be.
        UnknownName: There is no such metric.
        ConfigError: A metric needs more than such a file holds.
    """
    cases = read_cases(path, columns)
    standard = (*STANDARD, *WITH_CONTEXT) if columns.context else STANDARD
    if any(case.cited is not None for case in cases):
        standard = (*standard, *WITH_CITATIONS)
    parts = _Parts(cases)
    metrics = {name: parts.metric(name) for name in dict.fromkeys(names or standard)}
    applying = {name: metric for name, metric in metrics.items() if _applies(metric, cases)}
    for name in names:
        if name not in applying:
            raise ConfigError(f"--metrics: {name!r} applies to no row; {_lacking(columns)}")
    scores = _score(cases, applying, progress or Silent())
    found = summarise(scores, applying, [case.question for case in cases])
    return [row for row in found if row.split == ALL]


class _Parts:
    """What constructors of metrics may need: the default encoder and judge, each built once."""

    def __init__(self, cases: Sequence[Case]) -> None:
        self._cases = cases

    def metric(self, name: str) -> Metric:
        """Return the metric, given what its constructor cannot do without."""
        if "@" in name:
            raise ConfigError(
                f"--metrics: {name!r} is about rankings, and these are answers: "
                "`harness retrieve` measures rankings"
            )
        factory = registry.resolve("metric", name, "--metrics")
        options: dict[str, Any] = {
            key: getattr(self, key)
            for key, parameter in inspect.signature(factory).parameters.items()
            if parameter.default is parameter.empty and key in ("embedder", "judge", "texts")
        }
        metric: Metric = registry.create("metric", name, options, "--metrics")
        return metric

    @cached_property
    def embedder(self) -> Embedder:
        built: Embedder = registry.create("embedder", EMBEDDER, {})
        return built

    @cached_property
    def judge(self) -> Judge:
        return Remembered(lambda: registry.create("judge", JUDGE, {}))

    @cached_property
    def texts(self) -> list[str]:
        """All references: there is no corpus."""
        return list(dict.fromkeys(r for case in self._cases for r in case.question.answers))


def _applies(metric: Metric, cases: Sequence[Case]) -> bool:
    return any(metric.applies(case.question, case.context) for case in cases)


def _lacking(columns: Columns) -> str:
    if not columns.context:
        return "it may need the passages: --context COLUMN"
    return "it needs what such a file does not hold"


def _score(cases: Sequence[Case], metrics: dict[str, Metric], progress: Progress) -> list[Score]:
    rows: list[Score] = []
    with progress.task("score", len(metrics), "metrics") as advance:
        for done, (name, metric) in enumerate(metrics.items(), start=1):
            rows += score(cases, {name: metric})
            advance(done)
    return rows
