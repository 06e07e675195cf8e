"""Spans to percentiles."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.results import Span

STEPS = ("expand", "embed", "search", "rerank", "prompt", "first_token", "decode")
"""The spans of one answer in the order in which they happen; `other` is the rest of `total`."""


@dataclass(frozen=True, slots=True)
class LatencyRow:
    """How long one step of one arm takes at batch size 1, in milliseconds."""

    arm: str
    span: str
    n: int
    mean_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float


def latency_rows(spans: Sequence[Span], arms: Sequence[str]) -> list[LatencyRow]:
    """Return for each arm its `total` and each of its steps, arms and steps in their order.

    A step that an arm does not have has no row. `other` is what `total` holds beyond the named
    steps, question by question. Percentiles interpolate linearly.
    """
    rows = []
    for arm in arms:
        by_question: defaultdict[tuple[str, int], defaultdict[str, float]] = defaultdict(
            lambda: defaultdict(float)
        )
        for s in spans:
            if s.arm == arm:
                by_question[s.question, s.order][s.span] += s.ms
        asked = list(by_question.values())
        for times in asked:
            if "total" in times:
                named = sum(ms for name, ms in times.items() if name != "total")
                times["other"] = max(0.0, times["total"] - named)
        found = {name for times in asked for name in times}
        extra = sorted(found - {"total", "other", *STEPS})
        rows += [
            _row(arm, name, [times[name] for times in asked if name in times])
            for name in ("total", *STEPS, *extra, "other")
            if name in found
        ]
    return rows


def _row(arm: str, span: str, ms: Sequence[float]) -> LatencyRow:
    p50, p95, p99 = (float(p) for p in np.percentile(ms, (50, 95, 99)))
    return LatencyRow(arm, span, len(ms), float(np.mean(ms)), p50, p95, p99)
