"""Scores to effects: the 2 x 2 of weights and passages, and whether a hybrid is best of both."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from harness.protocols import Metric
from harness.results import Effect, Score
from harness.stages.samples import ALL, UNDEFINED, Ids, Key, Samples, bounds, defined
from harness.types import Question

Weights = Mapping[str, float]
Limits = tuple[float | None, float | None, float | None]
"""A value with the lower and upper limit of its interval."""

NO_LIMITS: Limits = (None, None, None)
ABSENT = "no question on which all arms are measured"

SCALE = "an interaction depends on the scale of the metric"
_NEAR = 0.1
"""A share this near 0 or 1 leaves little room, so effects there cannot simply add up."""


def effects(
    scores: Iterable[Score],
    metrics: Mapping[str, Metric],
    questions: Sequence[Question],
    *,
    base: str = "base",
    fine_tuned: str = "fine-tuned",
    rag: str = "rag",
    both: str = "hybrid-naive",
    hybrids: Sequence[str] = ("hybrid-naive", "hybrid"),
    seed: int = 0,
) -> list[Effect]:
    """Return the effects of the 2 x 2 and a verdict per hybrid, for each split and metric.

    `retrieval` and `fine-tuning` are main effects: the mean of what the one adds without and
    with the other. `interaction` is what both together add beyond the sum. `best of both: X`
    holds where X - rag and X - fine-tuned both have lower limits above 0 (for a metric where
    less is better: upper limits below 0); its value is the less favourable difference and its
    limits are the less favourable limits. Arms that are absent give no rows; a metric that does
    not apply to an arm gives a row that says so.

    Args:
        scores: From `harness.stages.scores`.
        metrics: The metrics by name.
        questions: At least those that were scored.
        base: The arm of base weights without passages.
        fine_tuned: The arm of trained weights without passages.
        rag: The arm of base weights with passages.
        both: The arm of the same trained weights with the same passages.
        hybrids: Arms to be judged against `rag` and `fine_tuned`.
        seed: Of the resampling.
    """
    samples = Samples(scores, metrics, questions, seed)
    square = {
        "retrieval": {base: -0.5, rag: 0.5, fine_tuned: -0.5, both: 0.5},
        "fine-tuning": {base: -0.5, rag: -0.5, fine_tuned: 0.5, both: 0.5},
        "interaction": {base: 1.0, rag: -1.0, fine_tuned: -1.0, both: 1.0},
    }
    teams = [tuple(square["retrieval"]), *((hybrid, rag, fine_tuned) for hybrid in hybrids)]
    teams = [team for team in teams if set(team) <= set(samples.arms)]
    found = []
    for split in samples.splits:
        drawn = _Drawn(samples, split, teams)
        for metric in metrics:
            if tuple(square["retrieval"]) in teams:
                found += [_effect(drawn, metric, e, weights) for e, weights in square.items()]
            found += [
                _verdict(drawn, metric, hybrid, (rag, fine_tuned))
                for hybrid in hybrids
                if (hybrid, rag, fine_tuned) in teams
            ]
    return found


class _Drawn:
    """The draws of one split for teams of arms, each metric on the questions all of them have."""

    def __init__(self, samples: Samples, split: str, teams: Sequence[tuple[str, ...]]) -> None:
        self.samples, self.split = samples, split
        jobs: dict[Ids, dict[Key, None]] = {}
        for metric in samples.metrics:
            for team in teams:
                keys = dict.fromkeys((arm, metric) for arm in team)
                jobs.setdefault(self.ids(metric, team), {}).update(keys)
        self._draws = samples.draw(split, {ids: list(keys) for ids, keys in jobs.items()})

    def ids(self, metric: str, team: Sequence[str]) -> Ids:
        """Return the questions for which every arm of the team has a row."""
        first, *others = (self.samples.cell(arm, metric, self.split) for arm in team)
        return tuple(i for i in first.ids if all(i in other.rows for other in others))

    def value(self, metric: str, ids: Ids, arm: str) -> float:
        """Return the metric of an arm on these questions."""
        return float(self.samples.metrics[metric].reduce(self._draws[ids, (arm, metric)].total))

    def contrast(self, metric: str, ids: Ids, weights: Weights) -> tuple[Limits, str]:
        """Return the weighted sum of the arms' values, its interval, and a note."""
        reduce = self.samples.metrics[metric].reduce
        draws = [self._draws[ids, (arm, metric)] for arm in weights]
        value = defined(sum(self.value(metric, ids, arm) * w for arm, w in weights.items()))
        if value is None:
            return (None, None, None), UNDEFINED
        moves = np.zeros(len(draws[0].bootstrap))
        for draw, weight in zip(draws, weights.values(), strict=True):
            moves += weight * reduce(draw.bootstrap)
        low, high, note = bounds(moves, self.samples.resampling(ids))
        return (value, low, high), note

    def row(self, effect: str, metric: str, ids: Ids, limits: Limits, notes: list[str]) -> Effect:
        """Return the finished row."""
        clusters = self.samples.resampling(ids).clusters
        note = "; ".join(dict.fromkeys(n for n in notes if n))
        return Effect(effect, self.split, metric, *limits, len(ids), clusters, note)


def _effect(drawn: _Drawn, metric: str, effect: str, weights: Weights) -> Effect:
    ids = drawn.ids(metric, list(weights))
    if not ids:
        return drawn.row(effect, metric, ids, NO_LIMITS, [ABSENT])
    limits, note = drawn.contrast(metric, ids, weights)
    notes = [note]
    if effect == "interaction":
        notes.append(SCALE)
        if drawn.samples.metrics[metric].unit == "share":
            values = {arm: drawn.value(metric, ids, arm) for arm in weights}
            edge = [f"{arm} {v:.2f}" for arm, v in values.items() if not _NEAR <= v <= 1 - _NEAR]
            notes += [f"near 0 or 1: {', '.join(edge)}"] if edge else []
    return drawn.row(effect, metric, ids, limits, notes)


def _verdict(drawn: _Drawn, metric: str, hybrid: str, rivals: tuple[str, str]) -> Effect:
    effect = f"best of both: {hybrid}"
    ids = drawn.ids(metric, [hybrid, *rivals])
    if not ids:
        return drawn.row(effect, metric, ids, NO_LIMITS, [ABSENT])
    better = drawn.samples.metrics[metric].higher_is_better
    worse = min if better else max
    gains, notes = [], []
    for rival in rivals:
        limits, note = drawn.contrast(metric, ids, {hybrid: 1.0, rival: -1.0})
        gains.append(limits)
        notes += [f"{hybrid} - {rival}: {_shown(*limits)}", note]
    value, low, high = (
        None if a is None or b is None else worse(a, b) for a, b in zip(*gains, strict=True)
    )
    if low is None or high is None:
        verdict = "undecided"
    else:
        verdict = "yes" if (low > 0 if better else high < 0) else "no"
    if drawn.split == ALL:
        notes.append("all splits mixed: no verdict about any one of them")
    return drawn.row(effect, metric, ids, (value, low, high), [verdict, *notes])


def _shown(value: float | None, low: float | None, high: float | None) -> str:
    if value is None:
        return "undefined"
    return f"{value:+.3g}" + ("" if low is None or high is None else f" [{low:+.3g}, {high:+.3g}]")
