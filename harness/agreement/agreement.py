"""Judgements beside labels: one row of agreement a data set."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harness.agreement.measures import auroc, balanced_accuracy, kappa, resamples
from harness.data.pairs import LabelledPair
from harness.judges.remembered import TROUBLE
from harness.judges.support import support
from harness.progress import Progress
from harness.protocols import Judge
from harness.stats import FEW_CLUSTERS, Numbers, interval
from harness.types import Judgement, Statement


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its 95 % interval; None where it is not defined."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far a judge agrees with the labels of one data set."""

    dataset: str
    n: int
    supported: int
    """Pairs that people call supported."""
    premises: int
    """Different premises: pairs of one premise are drawn together."""
    auroc: Estimate
    balanced_accuracy: Estimate
    kappa: Estimate
    troubles: Mapping[str, int]
    """Pairs without a verdict, by status; they count as judged wrong."""
    note: str = ""


def statements(pairs: Sequence[LabelledPair]) -> list[Statement]:
    """Return what a judge is asked: whether the premise supports the hypothesis."""
    return [Statement("", pair.hypothesis, (pair.premise,)) for pair in pairs]


def judge_pairs(judge: Judge, pairs: Sequence[LabelledPair], progress: Progress) -> list[Judgement]:
    """Return a judgement per pair, with a bar that shows the rate."""
    found: dict[int, Judgement] = {}
    with progress.task("judge labelled pairs", len(pairs), "pairs") as advance:
        for i, judgement in judge.judge_many(statements(pairs)):
            found[i] = judgement
            advance(len(found))
    return [found[i] for i in range(len(pairs))]


def agreements(
    pairs: Sequence[LabelledPair],
    judgements: Sequence[Judgement],
    threshold: float | None = None,
) -> list[Agreement]:
    """Return the agreement on each data set, in order of first appearance."""
    rows: dict[str, list[int]] = {}
    for i, pair in enumerate(pairs):
        rows.setdefault(pair.dataset, []).append(i)
    return [
        agreement(name, [pairs[i] for i in at], [judgements[i] for i in at], threshold)
        for name, at in rows.items()
    ]


def agreement(
    name: str,
    pairs: Sequence[LabelledPair],
    judgements: Sequence[Judgement],
    threshold: float | None = None,
) -> Agreement:
    """Return how far judgements agree with the labels of their pairs.

    A pair without a verdict stays in as one that was judged wrong: its score is below all others
    where it is supported, above all others where it is not. So trouble can only lower a number.

    Args:
        name: Of the data set.
        pairs: At least one.
        judgements: One per pair.
        threshold: From which score on a pair is called supported; if None the judge decides, by
            finding every claim supported.
    """
    labels = np.array([pair.label for pair in pairs])
    trouble = np.array([j.status in TROUBLE for j in judgements])
    scores = np.array([support(j) for j in judgements], float)
    if threshold is None:
        verdicts = np.array([_whole(j) for j in judgements])
    else:
        verdicts = scores >= threshold
    scores = np.where(trouble, np.where(labels, -np.inf, np.inf), scores)
    verdicts = np.where(trouble, ~labels, verdicts)
    _, clusters = np.unique([pair.premise for pair in pairs], return_inverse=True)

    def measured(weights: Numbers) -> Numbers:
        return np.stack(
            [
                auroc(labels, scores, weights),
                balanced_accuracy(labels, verdicts, weights),
                kappa(labels, verdicts, weights),
            ]
        )

    values = measured(np.ones((1, len(pairs))))[:, 0]
    drawn = np.concatenate([measured(weights) for weights in resamples(clusters)], axis=1)
    premises = int(clusters.max()) + 1
    found, notes = [], dict[str, None]()
    one_sided = labels.all() or not labels.any()  # where kappa is 0, whatever the judge says
    for value, row in zip(values, drawn, strict=True):
        low, high, note = (
            interval(row) if premises > 1 else (None, None, "no interval: one premise")
        )
        undefined = one_sided or np.isnan(value)
        if undefined:
            low, high, note = None, None, "undefined: every label is the same"
        found.append(Estimate(None if undefined else float(value), low, high))
        notes |= {note: None} if note else {}
    if 1 < premises < FEW_CLUSTERS:
        notes[f"{premises} premises only: the intervals are a rough guide"] = None
    return Agreement(
        name,
        len(pairs),
        int(labels.sum()),
        premises,
        found[0],
        found[1],
        found[2],
        troubles=dict(sorted(Counter(j.status for j in judgements if j.status in TROUBLE).items())),
        note="; ".join(notes),
    )


def _whole(judgement: Judgement) -> bool:
    """Return whether an answer is supported as a whole: it claims something, and all of it is."""
    claims = judgement.claims
    return judgement.status == "ok" and bool(claims) and all(claim.supported for claim in claims)
