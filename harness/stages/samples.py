"""Scores, grouped: the rows of an arm on the questions of a split, drawn together.

Seeds are crossed with questions: every seed of an arm answers all of them. A question counts
once however often it was asked, with the mean of its rows over the seeds.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from harness.protocols import Metric
from harness.results import Score
from harness.stages.cells import Cell, Gap, Ids
from harness.stages.draws import Draw
from harness.stats import FEW_SEEDS, Numbers, Resampling, clusters
from harness.types import Question

Key = tuple[str, str]
"""An arm and a metric."""

SPLITS = ("test-seen", "test-new", "test-unanswerable")
ALL = "all"
UNDEFINED = "undefined on these questions (0/0)"


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
        every = [s for of_question in asked.values() for s in of_question]
        seeds = tuple(dict.fromkeys(s.seed for s in every))
        place = {seed: n for n, seed in enumerate(seeds)}
        ids = tuple(i for i, of_question in asked.items() if any(s.stats for s in of_question))
        missing = [s for s in every if s.status != "not applicable" and not s.stats]
        gaps = {(place[s.seed], s.question): self._gap(metric, s.question) for s in missing}
        known = {key: gap for key, gap in gaps.items() if gap is not None}
        examples = (*(s.stats for s in every if s.stats), *(worst for worst, _ in known.values()))
        layers = np.full((len(seeds), len(ids), len(examples[0]) if examples else 0), np.nan)
        for n, i in enumerate(ids):
            for s in asked[i]:
                if s.stats:
                    layers[place[s.seed], n] = s.stats
        if np.isnan(layers).any():
            layers = np.where(np.isnan(layers), np.nanmean(layers, axis=0), layers)
        without = sum(of_question[0].status == "not applicable" for of_question in asked.values())
        return Cell(
            ids,
            layers,
            known,
            len(asked) - len(ids) - without,
            len(asked),
            without,
            sum(s.status == "failed" for s in every),
            seeds,
            bool(missing) and len(known) == len(gaps),
        )

    def _gap(self, metric: str, question: str) -> Gap | None:
        asked = self._by_id[question]
        worst, best = self.metrics[metric].worst(asked), self.metrics[metric].best(asked)
        return None if worst is None or best is None else (worst, best)

    def resampling(self, ids: Ids) -> Resampling:
        """Return the draws for a sample of questions, clustered by their gold documents."""
        if ids not in self._resamplings:
            labels = clusters([self._by_id[i] for i in ids])
            self._resamplings[ids] = Resampling(labels, self._seed)
        return self._resamplings[ids]

    def draw(
        self, split: str, jobs: Mapping[Ids, Sequence[Key]], *, swaps: bool = False
    ) -> dict[tuple[Ids, Key], Draw]:
        """Return a draw per sample and (arm, metric): one matrix product for each sample.

        From `FEW_SEEDS` seeds on, the bootstrap draws seeds as well as clusters.
        """
        draws = {}
        for ids, keys in jobs.items():
            if not ids or not keys:
                continue
            resampling = self.resampling(ids)
            layers = {key: self.cell(*key, split).at(ids) for key in keys}
            rows = {key: found.mean(axis=0) for key, found in layers.items()}
            crossed = {k for k, found in layers.items() if len(found) >= FEW_SEEDS}
            boots = {k: resampling.crossed(layers[k]) for k in crossed}
            once = [k for k in layers if k not in crossed]
            boots |= _together(once, rows, resampling.bootstrap)
            swapped = _together(list(layers), rows, resampling.swapped) if swaps else {}
            for key, found in layers.items():
                draws[ids, key] = Draw(
                    self.metrics[key[1]],
                    self.cell(*key, split).seeds,
                    resampling,
                    rows[key],
                    found.sum(axis=1),
                    boots[key],
                    swapped.get(key, np.empty((0, found.shape[2]))),
                    bool(np.isin(found[..., 0], (0.0, 1.0)).all()),
                )
        return draws


def _together(
    keys: Sequence[Key], rows: Mapping[Key, Numbers], draw: Callable[[Numbers], Numbers]
) -> dict[Key, Numbers]:
    """Return what `draw` makes of each table, in one call for all of them."""
    if not keys:
        return {}
    tables = [rows[key] for key in keys]
    cuts = np.cumsum([table.shape[1] for table in tables])[:-1]
    return dict(zip(keys, np.split(draw(np.hstack(tables)), cuts, axis=1), strict=True))


def defined(value: float) -> float | None:
    """Return the number, None for NaN."""
    return None if np.isnan(value) else float(value)
