"""A finished run, as far as an audit needs it: its file, its questions, its scores."""

import csv
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import fsum
from pathlib import Path

from pydantic import ValidationError

from harness import data
from harness.audit.finding import METRICS, OTHER_ENCODER
from harness.config.records import Benchmark
from harness.errors import ArtefactError
from harness.runner import data_options
from harness.types import Question

Cell = tuple[str, str, str]
"""An arm, a metric and a split."""


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """What was run and what every answer scored."""

    folder: Path
    benchmark: Benchmark
    questions: Mapping[str, Question]
    scores: Mapping[Cell, Mapping[str, float]]
    """Question id to score, seeds averaged; questions without a score are left out."""
    seeds: int = 1
    """How many trainings the arm with the most has."""

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits that have scores."""
        return tuple(dict.fromkeys(split for _, _, split in self.scores))

    def has(self, metric: str) -> bool:
        """Return whether the run was scored by this metric."""
        return any(metric == scored for _, scored, _ in self.scores)


def read(folder: Path) -> FinishedRun:
    """Read a folder of results: the scores of the audited metrics and of the run's primary one.

    Raises:
        ArtefactError: There is no finished run of this version, or its questions have changed.
        HarnessError: Its question set cannot be found or read.
    """
    path = folder / "run.json"
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        if not facts["complete"]:
            raise ArtefactError(f"{folder}: this run is not finished; run the same command again")
        benchmark = Benchmark.model_validate(facts["config"])
        digest = facts["identity"]["dataset"]["digest"]
    except OSError as error:
        raise ArtefactError(
            f"{folder}: no finished run here; start one with `harness run`"
        ) from error
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        raise ArtefactError(
            f"{path}: not a run of this version; run the benchmark again to have it made"
        ) from error
    questions = data.load(benchmark.dataset, data_options(benchmark))
    if questions.digest != digest:
        raise ArtefactError(
            f"{folder}: the question set {benchmark.dataset} has changed since this run; "
            "run the benchmark again with another --out"
        )
    wanted = {*METRICS, *OTHER_ENCODER.values(), benchmark.metrics.primary}
    scores, seeds = _scores(folder / "scores.csv", wanted)
    by_id = {q.id: q for q in questions.questions}
    return FinishedRun(folder, benchmark, by_id, scores, seeds)


def _scores(path: Path, metrics: Collection[str]) -> tuple[dict[Cell, dict[str, float]], int]:
    """Return the scores of these metrics, the mean over the seeds of an arm, and how many seeds.

    Raises:
        ArtefactError: The file is absent, or no table of scores.
    """
    found: dict[Cell, dict[str, list[float]]] = {}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if row["metric"] in metrics and row["value"]:
                    cell = found.setdefault((row["arm"], row["metric"], row["split"]), {})
                    cell.setdefault(row["question"], []).append(float(row["value"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArtefactError(
            f"{path}: no table of scores; run the benchmark again to have it made"
        ) from error
    means = {
        cell: {question: fsum(values) / len(values) for question, values in of_questions.items()}
        for cell, of_questions in found.items()
    }
    return means, max((len(v) for of in found.values() for v in of.values()), default=1)
