"""Spans to percentiles: the latency cells of the result table."""

from collections.abc import Sequence

import numpy as np

from harness.results import Span, Summary
from harness.stats import RESAMPLES, Numbers

RETRIEVAL = ("expand", "embed", "search", "rerank")


def latency_summaries(spans: Sequence[Span], seed: int = 0) -> list[Summary]:
    """Return p50, p95 and p99 of each arm's answers, and p50 of retrieval where there is any.

    Intervals are percentile bootstraps over the questions timed. They say how sure the
    percentile is on this machine at that time, not how another machine would do.
    """
    found = []
    for arm in dict.fromkeys(span.arm for span in spans):
        total = _per_question(spans, arm, ("total",))
        found += [
            _summary(arm, f"latency_p{percent}_ms", total, percent, seed)
            for percent in (50, 95, 99)
        ]
        retrieval = _per_question(spans, arm, RETRIEVAL)
        if len(retrieval):
            found.append(_summary(arm, "retrieval_p50_ms", retrieval, 50, seed))
    return found


def _per_question(spans: Sequence[Span], arm: str, names: Sequence[str]) -> Numbers:
    """Return the milliseconds of these spans, added up per answer, shape (answers,)."""
    sums: dict[str, float] = {}
    for span in spans:
        if span.arm == arm and span.span in names:
            sums[span.question] = sums.get(span.question, 0.0) + span.ms
    return np.array(list(sums.values()))


def _summary(arm: str, metric: str, values: Numbers, percent: int, seed: int) -> Summary:
    drawn = np.random.default_rng(seed).integers(len(values), size=(RESAMPLES, len(values)))
    low, high = np.percentile(np.percentile(values[drawn], percent, axis=1), [2.5, 97.5])
    few = percent > 100 * (1 - 1 / len(values))
    return Summary(
        arm=arm,
        split="all",
        metric=metric,
        value=float(np.percentile(values, percent)),
        low=float(low),
        high=float(high),
        n=len(values),
        failures=0,
        clusters=len(values),
        largest_cluster=1,
        seeds=1,
        unit="ms",
        higher_is_better=False,
        signature=f"batch:1|percentile:{percent}|method:linear|n:{len(values)}",
        note=f"{len(values)} answers: close to the slowest one" if few else "",
    )
