"""Scores to effects: the 2 x 2 of weights and passages, and whether a hybrid is best of both."""

from collections.abc import Iterable, Mapping, Sequence

from harness.protocols import Metric
from harness.report.numbers import signed
from harness.results import Effect, Score
from harness.stages.cells import Ids
from harness.stages.limits import NEAR, Limits, limits
from harness.stages.samples import ALL, Key, Samples
from harness.types import Question

Weights = Mapping[str, float]

ABSENT = "no question on which all arms are measured"
SCALE = "an interaction depends on the scale of the metric"


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
    with the other. `interaction` is what both together add beyond the sum. The simple effects
    say what the one adds without the other, and with it. `best of both: X`
    holds where X - rag and X - fine-tuned both have lower limits above 0 (for a metric where
    less is better: upper limits below 0); its value is the less favourable difference and its
    limits are the less favourable limits (an intersection-union test: Berger 1982; each of the
    two at 5 %, and no correction is needed). Arms that are absent give no rows; a metric that
    does not apply to an arm gives a row that says so.

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
        "retrieval without fine-tuning": {rag: 1.0, base: -1.0},
        "retrieval with fine-tuning": {both: 1.0, fine_tuned: -1.0},
        "fine-tuning without retrieval": {fine_tuned: 1.0, base: -1.0},
        "fine-tuning with retrieval": {both: 1.0, rag: -1.0},
    }
    corners = (base, rag, fine_tuned, both)
    teams = [corners, *((hybrid, rag, fine_tuned) for hybrid in hybrids)]
    teams = [team for team in teams if set(team) <= set(samples.arms)]
    found = []
    for split in samples.splits:
        drawn = _Drawn(samples, split, teams)
        for metric in metrics:
            if corners in teams:
                found += [_effect(drawn, metric, corners, e, w) for e, w in square.items()]
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
        return tuple(i for i in first.ids if all(i in other.places for other in others))

    def value(self, metric: str, ids: Ids, arm: str) -> float:
        """Return the metric of an arm on these questions."""
        return self._draws[ids, (arm, metric)].value

    def contrast(self, metric: str, ids: Ids, weights: Weights) -> Limits:
        """Return the weighted sum of the arms' values with its interval."""
        draws = [self._draws[ids, (arm, metric)] for arm in weights]
        return limits(draws, list(weights.values()))

    def row(
        self,
        effect: str,
        metric: str,
        ids: Ids,
        at: Limits,
        notes: Sequence[str],
        contrast: str = "",
    ) -> Effect:
        """Return the finished row."""
        clusters = self.samples.resampling(ids).clusters
        note = "; ".join(dict.fromkeys(n for n in notes if n))
        return Effect(
            effect, self.split, metric, at.value, at.low, at.high, len(ids), clusters, note,
            contrast, at.method,
        )  # fmt: skip


def _effect(
    drawn: _Drawn, metric: str, corners: Sequence[str], effect: str, weights: Weights
) -> Effect:
    ids, contrast = drawn.ids(metric, corners), _written(weights)
    if not ids:
        return drawn.row(effect, metric, ids, Limits(), [ABSENT], contrast)
    at = drawn.contrast(metric, ids, weights)
    notes = [*at.notes]
    if effect == "interaction":
        notes.append(SCALE)
        if drawn.samples.metrics[metric].unit == "share":
            values = {arm: drawn.value(metric, ids, arm) for arm in corners}
            edge = [f"{arm} {v:.2f}" for arm, v in values.items() if not NEAR <= v <= 1 - NEAR]
            notes += [f"near 0 or 1: {', '.join(edge)}"] if edge else []
    return drawn.row(effect, metric, ids, at, notes, contrast)


def _written(weights: Weights) -> str:
    """Return the arms as a formula: "rag - base"; halves are written as such."""
    ordered = sorted(weights.items(), key=lambda arm: arm[1] < 0)
    terms = [
        f"{'-' if w < 0 else '+'} {'' if abs(w) == 1 else f'{abs(w)} '}{a}" for a, w in ordered
    ]
    return " ".join(terms).removeprefix("+ ")


def _verdict(drawn: _Drawn, metric: str, hybrid: str, rivals: tuple[str, str]) -> Effect:
    effect = f"best of both: {hybrid}"
    ids = drawn.ids(metric, [hybrid, *rivals])
    if not ids:
        return drawn.row(effect, metric, ids, Limits(), [ABSENT])
    better = drawn.samples.metrics[metric].higher_is_better
    worse, unit = min if better else max, drawn.samples.metrics[metric].unit
    gains = [drawn.contrast(metric, ids, {hybrid: 1.0, rival: -1.0}) for rival in rivals]
    notes = [
        note
        for rival, at in zip(rivals, gains, strict=True)
        for note in (f"{hybrid} − {rival}: {_shown(at, unit, len(ids))}", *at.notes)
    ]
    value, low, high = (
        None if a is None or b is None else worse(a, b)
        for a, b in zip(*((at.value, at.low, at.high) for at in gains), strict=True)
    )
    if low is None or high is None:
        verdict = "undecided"
    else:
        verdict = "yes" if (low > 0 if better else high < 0) else "no"
    if drawn.split == ALL:
        notes.append("all splits mixed: no verdict about any one of them")
    methods = " and ".join(dict.fromkeys(at.method for at in gains))
    at = Limits(value, low, high, methods if verdict != "undecided" else "")
    return drawn.row(effect, metric, ids, at, [verdict, *notes])


def _shown(at: Limits, unit: str, n: int) -> str:
    if at.value is None:
        return "undefined"
    value, *ends = (signed(one, unit, n) for one in (at.value, at.low, at.high))
    return value if None in (at.low, at.high) else f"{value} [{', '.join(ends)}]"
