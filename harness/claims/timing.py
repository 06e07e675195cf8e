"""Measures of time: from the spans of a run, each question timed once by every arm."""

from collections import defaultdict

import numpy as np

from harness.claims.checks import Latency
from harness.claims.evidence import Evidence, Found, Missing
from harness.claims.run import FinishedRun, number
from harness.stats import RESAMPLES, Numbers, interval, reach

Statistic = str


def latency(run: FinishedRun, check: Latency, of: str, minus: str = "") -> Found:
    """Return a statistic of an arm's time, or of what it takes beyond another arm.

    `p50` of a difference is the median over questions of the paired differences; `p95 / p50`
    of two arms is the one ratio minus the other. The interval is a bootstrap over the timed
    questions. Without the spans only the percentiles of `latency.csv` are left, and no interval.
    """
    unit = "ms" if check.statistic == "p50" else "ratio"
    times = [_times(run, arm, check.spans) for arm in (of, minus) if arm]
    if not all(times):
        return _from_table(run, check, of, minus, unit)
    asked = [q for q in times[0] if all(q in other for other in times)]
    if len(asked) < 2:
        return Missing(f"{' and '.join(filter(None, (of, minus)))}: fewer than 2 questions timed")
    arms = [np.array([of_arm[q] for q in asked]) for of_arm in times]
    rng = np.random.default_rng(0)
    drawn = rng.integers(len(asked), size=(RESAMPLES, len(asked)))
    if check.statistic == "p50" and minus:
        arms = [arms[0] - arms[1]]
    value = _statistic(arms, check.statistic)
    moved = _statistic([arm[drawn] for arm in arms], check.statistic)
    low, high, note = interval(moved, reach([(1.0, len(asked))]))
    method = "bootstrap over timed questions"
    return Evidence(float(value), low, high, unit, len(asked), method, note)


def _statistic(arms: list[Numbers], statistic: Statistic) -> Numbers:
    """Return the statistic along the last axis: of one arm, or of the first minus the second."""
    found = []
    for arm in arms:
        p50, p95 = np.percentile(arm, (50, 95), axis=-1)
        found.append(p50 if statistic == "p50" else p95 / p50)
    return np.asarray(found[0] if len(found) == 1 else found[0] - found[1])


def _times(run: FinishedRun, arm: str, spans: tuple[str, ...]) -> dict[str, float]:
    """Return milliseconds by question: the named spans together, or the whole answer."""
    wanted = set(spans or ("total",))
    found: dict[str, float] = defaultdict(float)
    for span in run.spans:
        if span.arm == arm and span.span in wanted:
            found[span.question] += span.ms
    return dict(found)


def _from_table(run: FinishedRun, check: Latency, of: str, minus: str, unit: str) -> Found:
    found, n = [], 0
    for arm in filter(None, (of, minus)):
        rows = [run.latency.get((arm, span)) for span in check.spans or ("total",)]
        there = [row for row in rows if row is not None]
        if not there:
            return Missing(f"no time of {arm}: the run timed no question")
        where = run.folder / "latency.csv"
        p50, p95 = (sum(number(r, c, where) or 0.0 for r in there) for c in ("p50_ms", "p95_ms"))
        found.append(p50 if check.statistic == "p50" else p95 / p50)
        n = int(number(there[0], "n", where) or 0)
    note = "no interval: artefacts/records.json, which has every time, is not there"
    return Evidence(found[0] - sum(found[1:]), None, None, unit, n, note=note)
