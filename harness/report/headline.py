"""The result in plain sentences, each computed from rows."""

from collections.abc import Sequence

from harness.report.numbers import count, number, p_value, signed
from harness.report.report_data import ReportData
from harness.results import Pair

BEST = "best of both: "
"""How the effects are called that hold the verdict on a hybrid."""

ALPHA = 0.05
"""A corrected p above this takes a contrast out of what is shown."""

NBSP = "\u00a0"
"""Keeps a number and its sign on one line."""


def headline(data: ReportData) -> list[str]:
    """Return one sentence for each contrast on each split, on the primary metric."""
    return [_contrast(data, a, b, split) for split in data.scored_splits for a, b in data.contrasts]


def verdicts(data: ReportData) -> list[str]:
    """Return for each split and each hybrid whether it is the best of both, on the primary metric.

    The verdicts are the effects called `best of both: ARM`; their notes begin with yes, no, or
    why there is none.
    """
    sentences = []
    for split in data.scored_splits:
        for e in data.effects:
            if (e.split, e.metric) != (split, data.primary) or not e.effect.startswith(BEST):
                continue
            arm = e.effect.removeprefix(BEST)
            answer, _, evidence = e.note.partition(";")
            because = f" ({evidence.strip()})" if evidence.strip() else ""
            sentences.append(
                {
                    "yes": f"On {split}, {arm} is the best of both{because}.",
                    "no": f"On {split}, {arm} is not shown to be the best of both{because}.",
                }.get(
                    answer,
                    f"On {split}, whether {arm} is the best of both is open: "
                    f"{e.note or 'no reason is given'}.",
                )
            )
    return sentences


def _contrast(data: ReportData, a: str, b: str, split: str) -> str:
    pair = data.pair(a, b, split, data.primary)
    values = [data.summary(arm, split, data.primary) for arm in (a, b)]
    if pair is None or pair.difference is None:
        why = f": {pair.note}" if pair and pair.note else ""
        return f"On {split}, {a} and {b} have no difference in “{data.primary}”{why}."
    unit = next((s.unit for s in values if s), "share")
    shown = [number(s.value, unit, s.n) for s in values if s]
    against = f"{' against '.join(shown)}, " if len(shown) == 2 else ""
    difference = f"{against}difference {signed(pair.difference, unit, pair.n)}"
    if pair.low is None or pair.high is None:
        return (
            f"On {split}, {a} and {b} cannot be told apart for want of an interval ({difference})."
        )
    limits = f"{signed(pair.low, unit, pair.n)} to {signed(pair.high, unit, pair.n)}"
    evidence = (
        f"({difference}, 95{NBSP}% interval {limits}{_p(pair)}, n{NBSP}={NBSP}{count(pair.n)})"
    )
    if pair.low <= 0 <= pair.high:
        finds = _found(pair, unit)
        return f"On {split}, no difference between {a} and {b} is shown {evidence}{finds}."
    better = _is_better(data, pair)
    if pair.p_holm is not None and pair.p_holm > ALPHA:
        verb = "is ahead of" if better else "is behind"
        but = "but not by more than several comparisons give by chance"
        if pair.p is not None and pair.p > ALPHA:
            but = "but the test does not confirm it"
        return f"On {split}, {a} {verb} {b} in “{data.primary}”, {but} {evidence}."
    verb = "beats" if better else "is beaten by"
    return f"On {split}, {a} {verb} {b} in “{data.primary}” {evidence}."


def _found(pair: Pair, unit: str) -> str:
    """Return how small a difference such a run finds, where that is known."""
    if pair.detectable is None:
        return ""
    return f"; one of {number(pair.detectable, unit, pair.n)} would have been, four times in five"


def _p(pair: Pair) -> str:
    """Return p, corrected where the pair is one of several contrasts."""
    p = pair.p if pair.p_holm is None else pair.p_holm
    if p is None:
        return ""
    text = p_value(p)
    text = text.replace(" ", NBSP) if text.startswith("<") else f"={NBSP}{text}"
    return f", p{NBSP}{text}{'' if pair.p_holm is None else ' (Holm)'}"


def _is_better(data: ReportData, pair: Pair) -> bool:
    if pair.low is None or pair.high is None:
        return False
    direction: Sequence[bool] = [
        s.higher_is_better for s in data.summaries if s.metric == pair.metric
    ]
    return pair.low > 0 if not direction or direction[0] else pair.high < 0
