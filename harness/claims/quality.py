"""Measures of answers: from the run's tables where they have them, else from its scores."""

from math import isclose

import numpy as np

from harness.claims.checks import (
    Difference,
    Given,
    Mismatch,
    Relative,
    Reported,
    Value,
)
from harness.claims.evidence import (
    Evidence,
    Found,
    Missing,
    Rows,
    beside,
    compared,
    exact,
    from_row,
    summarised,
)
from harness.claims.run import FinishedRun, Values, number
from harness.stats import Numbers, combined
from harness.text.refusal import is_refusal


def value(run: FinishedRun, check: Value, split: str, of: str) -> Found:
    """Return a cell of `summary.csv`."""
    row = run.summaries.get((of, split, check.metric))
    if row is None:
        return Missing(f"no {check.metric} of {of} on {split}")
    return from_row(run, "summary.csv", row, "value", row["unit"])


def difference(run: FinishedRun, check: Difference, split: str, of: str, minus: str) -> Found:
    """Return a row of `pairs.csv`, turned round where only the other order is there."""
    unit = run.summaries.get((of, split, check.metric), {}).get("unit", "")
    if (row := run.pairs.get((of, minus, split, check.metric))) is not None:
        return from_row(run, "pairs.csv", row, "difference", unit)
    if (row := run.pairs.get((minus, of, split, check.metric))) is None:
        return Missing(f"no {check.metric} of {of} beside {minus} on {split}")
    found = from_row(run, "pairs.csv", row, "difference", unit)
    if isinstance(found, Missing):
        return found
    low, high = (None if end is None else -end for end in (found.high, found.low))
    return Evidence(-found.value, low, high, unit, found.n, found.method, found.note)


def relative(run: FinishedRun, check: Relative, split: str, of: str, over: str) -> Found:
    """Return one arm over another, minus 1.

    Where the metric is the mean of its scores: a bootstrap of the ratio over clusters. Else, and
    without a `scores.csv`: difference and interval of `pairs.csv` over the other arm's value,
    which is then taken as known. The sign is as sure either way.
    """
    ours, theirs = (run.scores(arm, check.metric, split) for arm in (of, over))
    rows = beside(ours, theirs)
    if rows and all(_is_mean(run, arm, split, check.metric) for arm in (of, over)):
        found = summarised(run, rows, split, "relative", _over_minus_1)
        if isinstance(found, Missing):
            return Missing(f"{over} scores 0 by {check.metric}: there is no relative difference")
        if found.low is not None:
            return found
    asked = Difference(measure="difference", metric=check.metric, of=of, minus=over)
    apart = difference(run, asked, split, of, over)
    row = run.summaries.get((over, split, check.metric))
    if isinstance(apart, Missing) or row is None:
        return apart
    whole = number(row, "value", run.folder / "summary.csv")
    if not whole:
        return Missing(f"{over} scores 0 by {check.metric}: there is no relative difference")
    return Evidence(
        apart.value / whole,
        None if apart.low is None else apart.low / whole,
        None if apart.high is None else apart.high / whole,
        "relative",
        apart.n,
        "interval of the difference over the value of the second arm",
        apart.note,
    )


def given(run: FinishedRun, check: Given, split: str, of: str) -> Found:
    """Return the mean score where retrieval found gold, where it did not, or the difference."""
    scores, hits = (run.scores(of, metric, split) for metric in (check.metric, check.hit))
    both = [at for at in scores if at in hits]
    if not both:
        return _needs(run, f"scores of {of} by {check.metric} and {check.hit} on {split}")
    sides = []
    for wanted, told in ((1.0, "yes"), (0.0, "no")):
        if told in check.found:
            sides.append({at: (scores[at], 1.0) for at in both if hits[at] == wanted})
            if not sides[-1]:
                n = len({question for question, _ in both})
                return Missing(f"{check.hit} is {wanted:g} on none of the {n} questions")
    found = [summarised(run, rows, split) for rows in sides]
    return found[0] if len(found) == 1 else _apart(*found)


def _apart(ours: Found, theirs: Found) -> Found:
    """Return the difference of two shares of different questions (Newcombe 1998)."""
    if isinstance(ours, Missing) or isinstance(theirs, Missing):
        return ours if isinstance(ours, Missing) else theirs
    value, n = ours.value - theirs.value, ours.n + theirs.n
    note = "; ".join(dict.fromkeys(filter(None, (ours.note, theirs.note))))
    if None in (ours.low, ours.high, theirs.low, theirs.high):
        return Evidence(value, None, None, "share", n, note=note)
    ends = [(one.low or 0.0, one.high or 0.0) for one in (ours, theirs)]
    low, high = combined((1.0, -1.0), (ours.value, theirs.value), ends, np.eye(2))
    return Evidence(value, low, high, "share", n, "from the interval of each", note)


def mismatch(run: FinishedRun, check: Mismatch, split: str, of: str) -> Found:
    """Return how often the answer is right and nothing found, or wrong and gold found."""
    scores, hits = (run.scores(of, metric, split) for metric in (check.metric, check.hit))
    rows = {
        at: (float((score == 1) != (hits[at] == 1)), 1.0)
        for at, score in scores.items()
        if at in hits
    }
    if not rows:
        return _needs(run, f"scores of {of} by {check.metric} and {check.hit} on {split}")
    return summarised(run, rows, split)


def invented(run: FinishedRun, split: str, of: str, minus: str = "") -> Found:
    """Return the share of answers that are neither right nor a refusal, or the difference."""
    ours, theirs = _invented(run, of, split), _invented(run, minus, split) if minus else {}
    if not ours or (minus and not theirs):
        return _needs(run, f"answers and scores of {' and '.join(filter(None, (of, minus)))}")
    return compared(run, ours, theirs, split) if minus else summarised(run, ours, split)


def carried(run: FinishedRun, split: str, of: str) -> Found:
    """Return the share of answers that come with the passages that were read."""
    rows = {
        (p.question_id, p.seed): (float(bool(p.passages)), 1.0) for p in run.predictions(of, split)
    }
    return summarised(run, rows, split) if rows else _needs(run, f"answers of {of}")


def reported(run: FinishedRun, check: Reported, split: str, of: str) -> Found:
    """Return the share of the metrics that have a value and both limits."""
    rows = [run.summaries.get((of, split, metric), {}) for metric in check.metrics]
    if not any(rows):
        return Missing(f"none of {', '.join(check.metrics)} of {of} on {split}")
    there = sum(all(row.get(c) for c in ("value", "low", "high")) for row in rows)
    return exact(there / len(rows), "share", len(rows))


def _invented(run: FinishedRun, arm: str, split: str) -> Rows:
    """Return (1, 1) for what is invented, over answerable questions; a failure counts as that."""
    right = run.scores(arm, "contains", split)
    told = {(p.question_id, p.seed): is_refusal(p.text) for p in run.predictions(arm, split)}
    return {
        at: (min(float(not told[at]), 1 - score), 1.0) for at, score in right.items() if at in told
    }


def _is_mean(run: FinishedRun, arm: str, split: str, metric: str) -> bool:
    scores: Values = run.scores(arm, metric, split)
    row = run.summaries.get((arm, split, metric))
    told = number(row, "value", run.folder / "summary.csv") if row else None
    mean = sum(scores.values()) / len(scores) if scores else None
    return None not in (told, mean) and isclose(told or 0.0, mean or 0.0, abs_tol=1e-9)


def _needs(run: FinishedRun, what: str) -> Missing:
    kept = [name for name in ("scores.csv", "predictions") if (run.folder / name).exists()]
    absent = [name for name in ("scores.csv", "predictions") if name not in kept]
    return Missing(f"no {what}" + (f" ({' and '.join(absent)} not kept)" if absent else ""))


def _over_minus_1(sums: Numbers) -> Numbers:
    top, bottom = sums[..., 0], sums[..., 1]
    out = np.full(np.shape(top), np.nan)
    np.divide(top, bottom, out=out, where=bottom > 0)
    return out - 1
