"""Scores, grouped: the rows of an arm on the questions of a split, drawn together.

Several seeds of an arm are averaged question by question, before anything is summed: a question
counts once however often it was asked, and the interval is over questions, not over seeds.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum

import numpy as np

from harness.protocols import Metric
from harness.results import Score
from harness.stats import FEW_CLUSTERS, Numbers, Resampling, clusters, interval
from harness.types import Question, Stats

Ids = tuple[str, ...]
Key = tuple[str, str]
"""An arm and a metric."""

SPLITS = ("test-seen", "test-new", "test-unanswerable")
ALL = "all"
UNDEFINED = "undefined on these questions (0/0)"


@dataclass(frozen=True, slots=True)
class Cell:
    """One arm and metric on one split, seeds averaged."""

    rows: Mapping[str, Stats]
    """Question id to its row, for the questions that have one, in question order."""
    questions: int
    """How many questions of the split were put to the arm."""
    not_applicable: int
    unmeasured: int
    """Questions with an answer but without a row."""
    failures: int
    """Failed answers, over all seeds."""
    seeds: int

    @property
    def ids(self) -> Ids:
        """The questions that have a row."""
        return tuple(self.rows)


@dataclass(frozen=True, slots=True)
class Draw:
    """An arm's summed rows on a sample of questions, and on its resamples."""

    total: Numbers
    """Shape (d,)."""
    bootstrap: Numbers
    """Shape (resamples, d)."""
    swapped: Numbers
    """Shape (swaps, d); empty where no p is asked for."""


class Samples:
    """Scores by split, arm and metric, with draws that all comparisons share.

    Args:
        scores: Rows of any number of arms, seeds and metrics.
        metrics: The metrics by name; scores of others are left aside.
        questions: At least the questions that the scores are about.
        seed: Of the resampling.
    """

    def __init__(
        self,
        scores: Iterable[Score],
        metrics: Mapping[str, Metric],
        questions: Sequence[Question],
        seed: int = 0,
    ) -> None:
        self.metrics = metrics
        self._by_id = {question.id: question for question in questions}
        self._seed = seed
        self._scores: dict[Key, dict[str, list[Score]]] = {}
        seen: dict[str, None] = {}
        for row in scores:
            if row.metric in metrics:
                of_arm = self._scores.setdefault((row.arm, row.metric), {})
                of_arm.setdefault(row.question, []).append(row)
                seen[row.question] = None
        self.arms = tuple(dict.fromkeys(arm for arm, _ in self._scores))
        asked = [question for question in questions if question.id in seen]
        names = dict.fromkeys(question.split for question in asked)
        order = [s for s in SPLITS if s in names] + [s for s in names if s not in SPLITS]
        self.splits: Mapping[str, Ids] = {
            **{s: tuple(q.id for q in asked if q.split == s) for s in order},
            ALL: tuple(q.id for q in asked),
        }
        self._cells: dict[tuple[str, str, str], Cell] = {}
        self._resamplings: dict[Ids, Resampling] = {}

    def cell(self, arm: str, metric: str, split: str) -> Cell:
        """Return the rows of an arm and metric on a split."""
        key = (arm, metric, split)
        if key not in self._cells:
            self._cells[key] = self._cell(arm, metric, split)
        return self._cells[key]

    def _cell(self, arm: str, metric: str, split: str) -> Cell:
        scores = self._scores.get((arm, metric), {})
        asked = {i: scores[i] for i in self.splits[split] if i in scores}
        rows, unmeasured, not_applicable = {}, 0, 0
        for i, of_seeds in asked.items():
            if stats := [s.stats for s in of_seeds if s.stats]:
                rows[i] = stats[0] if len(stats) == 1 else _mean(stats)
            elif of_seeds[0].status == "not applicable":
                not_applicable += 1
            else:
                unmeasured += 1
        every = [s for of_seeds in asked.values() for s in of_seeds]
        return Cell(
            rows,
            len(asked),
            not_applicable,
            unmeasured,
            sum(s.status == "failed" for s in every),
            len({s.seed for s in every}),
        )

    def resampling(self, ids: Ids) -> Resampling:
        """Return the draws for a sample of questions, clustered by their gold documents."""
        if ids not in self._resamplings:
            labels = clusters([self._by_id[i] for i in ids])
            self._resamplings[ids] = Resampling(labels, self._seed)
        return self._resamplings[ids]

    def draw(
        self, split: str, jobs: Mapping[Ids, Sequence[Key]], *, swaps: bool = False
    ) -> dict[tuple[Ids, Key], Draw]:
        """Return a draw per sample and (arm, metric): one matrix product for each sample."""
        draws = {}
        for ids, keys in jobs.items():
            if not ids or not keys:
                continue
            tables = []
            for arm, metric in keys:
                rows = self.cell(arm, metric, split).rows
                tables.append(np.array([rows[i] for i in ids]))
            together, resampling = np.hstack(tables), self.resampling(ids)
            cuts = np.cumsum([table.shape[1] for table in tables])[:-1]
            boots = np.split(resampling.bootstrap(together), cuts, axis=1)
            swapped = (
                np.split(resampling.swapped(together), cuts, axis=1)
                if swaps
                else [np.empty((0, table.shape[1])) for table in tables]
            )
            for key, table, boot, swap in zip(keys, tables, boots, swapped, strict=True):
                draws[ids, key] = Draw(table.sum(axis=0), boot, swap)
        return draws


def _mean(stats: Sequence[Stats]) -> Stats:
    return tuple(fsum(column) / len(stats) for column in zip(*stats, strict=True))


def bounds(values: Numbers, resampling: Resampling) -> tuple[float | None, float | None, str]:
    """Return the interval of bootstrapped values with what is to be said about it."""
    if resampling.clusters < 2:
        return None, None, "no interval: all questions are one cluster"
    low, high, note = interval(values)
    if resampling.clusters < FEW_CLUSTERS:
        few = f"{resampling.clusters} clusters only: the interval is a rough guide"
        note = f"{note}; {few}" if note else few
    return low, high, note


def defined(value: float) -> float | None:
    """Return the number, None for NaN."""
    return None if np.isnan(value) else float(value)
