"""A finished run, read from the files that it left; what is absent is found out when needed."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from harness import data
from harness.config.records import Benchmark
from harness.errors import ArtefactError, HarnessError
from harness.files import read_rows
from harness.report.columns import COLUMNS
from harness.results import CostItem, Span
from harness.runner import data_options
from harness.types import Prediction, Question

Row = Mapping[str, str]
Answered = tuple[str, int]
"""A question id and a seed."""

Values = Mapping[Answered, float]
"""The score of every answer."""

_REQUIRED = {
    "summary.csv": COLUMNS["summary.csv"][:15],
    "pairs.csv": COLUMNS["pairs.csv"][:12],
    "training.csv": COLUMNS["training.csv"][:16],
}
"""The columns that were there from the first; later ones may be absent in older runs."""


@dataclass(frozen=True, eq=False)
class FinishedRun:
    """What was run, and its tables. Only `run.json` and the csv files need to be there."""

    folder: Path
    benchmark: Benchmark
    facts: Mapping[str, Any]

    @cached_property
    def summaries(self) -> Mapping[tuple[str, str, str], Row]:
        """Rows of `summary.csv` by arm, split and metric."""
        rows = self._table("summary.csv")
        return {(r["arm"], r["split"], r["metric"]): r for r in rows}

    @cached_property
    def pairs(self) -> Mapping[tuple[str, str, str, str], Row]:
        """Rows of `pairs.csv` by both arms, split and metric."""
        return {(r["a"], r["b"], r["split"], r["metric"]): r for r in self._table("pairs.csv")}

    @cached_property
    def latency(self) -> Mapping[tuple[str, str], Row]:
        """Rows of `latency.csv` by arm and span."""
        return {(r["arm"], r["span"]): r for r in self._table("latency.csv")}

    @cached_property
    def training(self) -> Sequence[Row]:
        """Rows of `training.csv`."""
        return self._table("training.csv")

    @cached_property
    def bill(self) -> Sequence[CostItem]:
        """Rows of `cost.csv`."""
        item = TypeAdapter(CostItem)
        rows = ({k: v or None for k, v in row.items()} for row in self._table("cost.csv"))
        try:
            return [item.validate_python({**row, "source": row["source"] or ""}) for row in rows]
        except ValidationError as error:
            raise ArtefactError(
                f"{self.folder / 'cost.csv'}: no bill of this version; run the benchmark again"
            ) from error

    @cached_property
    def spans(self) -> Sequence[Span]:
        """What every timed answer took, step by step; empty where only the csv files are left."""
        path = self.folder / "artefacts" / "records.json"
        if not path.exists():
            return ()
        try:
            rows = json.loads(path.read_text(encoding="utf-8"))["spans"]
            return TypeAdapter(list[Span]).validate_python(rows)
        except (ValueError, KeyError, TypeError) as error:
            raise ArtefactError(
                f"{path}: not of this version; run the benchmark again to have it made"
            ) from error

    @cached_property
    def questions(self) -> Sequence[Question] | str:
        """The question set, or why it is not at hand; the intervals of new figures need it."""
        try:
            found = data.load(self.benchmark.dataset, data_options(self.benchmark))
        except HarnessError as error:
            return f"no interval: {error}"
        if found.digest != self.facts["identity"]["dataset"]["digest"]:
            return f"no interval: the question set {self.dataset} has changed since this run"
        return found.questions

    @cached_property
    def dataset(self) -> str:
        """The name of the question set."""
        return str(self.facts["identity"]["dataset"]["name"])

    def scores(self, arm: str, metric: str, split: str) -> Values:
        """Return the scores of an arm; empty without a `scores.csv` or such rows."""
        of_arm = self._scores.get((arm, metric), {})
        return {at: value for (of, at), value in of_arm.items() if split in (of, "all")}

    @cached_property
    def _scores(self) -> Mapping[tuple[str, str], Mapping[tuple[str, Answered], float]]:
        found: dict[tuple[str, str], dict[tuple[str, Answered], float]] = {}
        path = self.folder / "scores.csv"
        for row in self._rows("scores.csv", COLUMNS["scores.csv"]) if path.exists() else ():
            value, seed = number(row, "value", path), int(number(row, "seed", path) or 0)
            if value is not None and row["split"].startswith("test"):
                of_arm = found.setdefault((row["arm"], row["metric"]), {})
                of_arm[row["split"], (row["question"], seed)] = value
        return found

    def predictions(self, arm: str, split: str) -> Sequence[Prediction]:
        """Return the answers of an arm; empty where `predictions/` has none."""
        path = self.folder / "predictions" / f"{arm}.jsonl"
        tests = (p for p in read_rows(path, Prediction) if p.split.startswith("test"))
        return [p for p in tests if split in (p.split, "all")]

    def _table(self, name: str) -> list[Row]:
        return list(self._rows(name, _REQUIRED.get(name, COLUMNS[name])))

    def _rows(self, name: str, columns: Sequence[str]) -> Iterator[Row]:
        path = self.folder / name
        try:
            with path.open(newline="", encoding="utf-8") as file:
                reader = csv.DictReader(file)
                absent = [c for c in columns if c not in (reader.fieldnames or ())]
                if absent:
                    raise ArtefactError(
                        f"{path}:1: no column {', '.join(absent)}; run the benchmark again"
                    )
                yield from ({k: v or "" for k, v in row.items() if k} for row in reader)
        except (OSError, ValueError, csv.Error) as error:
            raise ArtefactError(
                f"{path}: cannot be read: {error}; run the benchmark again to have it made"
            ) from error


def read_run(folder: Path) -> FinishedRun:
    """Open a folder of results.

    Raises:
        ArtefactError: There is no finished run of this version.
    """
    path = folder / "run.json"
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        if not facts["complete"]:
            raise ArtefactError(f"{folder}: this run is not finished; run the same command again")
        benchmark = Benchmark.model_validate(facts["config"])
        named = facts["identity"]["dataset"]["name"], facts["identity"]["dataset"]["digest"]
    except OSError as error:
        raise ArtefactError(
            f"{folder}: no finished run here; start one with `harness run`"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise ArtefactError(
            f"{path}: not a run of this version; run the benchmark again to have it made"
        ) from error
    if not all(isinstance(part, str) for part in named):
        raise ArtefactError(f"{path}: does not say which question set was asked; run it again")
    return FinishedRun(folder, benchmark, facts)


def number(row: Row, column: str, where: Path) -> float | None:
    """Return a cell as a number, None where it is empty.

    Raises:
        ArtefactError: It says something else.
    """
    text = row.get(column, "")
    try:
        return float(text) if text else None
    except ValueError as error:
        raise ArtefactError(f"{where}: {text!r} in column {column} is no number") from error
