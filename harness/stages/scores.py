"""Cases to scores: questions x arms x metrics, each with a status and none left out."""

from collections.abc import Mapping, Sequence

import numpy as np

from harness.contexts import applies as reads
from harness.protocols import Metric
from harness.results import Score, Status
from harness.types import Case, Stats


def score(cases: Sequence[Case], metrics: Mapping[str, Metric]) -> list[Score]:
    """Return one score per case and metric: all cases of the first metric, then of the next.

    A failed answer gets the metric's worst row, so it stays in the mean; where the metric has
    no such row (usage) it is `failed` without statistics. Every metric sees the answers of all
    arms in one call.

    Raises:
        ValueError: A metric gave another number of rows than cases, rows of unequal length, or
            a number that is not finite. That is a fault of the plug-in.
    """
    return [row for name, metric in metrics.items() for row in _scores(name, metric, cases)]


def to_measure(metric: Metric, case: Case) -> bool:
    """Return whether a metric is to look at an answer: it applies, and there is one."""
    return _applies(metric, case) and case.prediction.failure is None


def _applies(metric: Metric, case: Case) -> bool:
    return reads(case.context, case.question) and metric.applies(case.question, case.context)


def _scores(name: str, metric: Metric, cases: Sequence[Case]) -> list[Score]:
    applies = [_applies(metric, case) for case in cases]
    asked = [i for i, case in enumerate(cases) if to_measure(metric, case)]
    measured = metric.measure([cases[i] for i in asked]) if asked else []
    if len(measured) != len(asked):
        raise ValueError(f"metric {name!r}: {len(measured)} rows for {len(asked)} cases")
    rows: dict[int, Stats | None] = dict(zip(asked, measured, strict=True))
    for i, case in enumerate(cases):
        if applies[i] and case.prediction.failure is not None:
            rows[i] = metric.worst(case.question)
    values = _values(name, metric, rows, cases)
    scores = []
    for i, case in enumerate(cases):
        prediction = case.prediction
        row = rows.get(i)
        status: Status
        if not applies[i]:
            status = "not applicable"
        elif prediction.failure is not None:
            status = "failed"
        else:
            status = "unmeasured" if row is None else "ok"
        scores.append(
            Score(
                prediction.arm,
                prediction.seed,
                case.question.split,
                case.question.id,
                name,
                values.get(i),
                status,
                row or (),
            )
        )
    return scores


def _values(
    name: str, metric: Metric, rows: Mapping[int, Stats | None], cases: Sequence[Case]
) -> dict[int, float | None]:
    """Return what each row alone reduces to, None where that is undefined."""
    found = {i: row for i, row in rows.items() if row is not None}
    if not found:
        return {}
    if len({len(row) for row in found.values()}) > 1:
        raise ValueError(f"metric {name!r}: its rows differ in length")
    table = np.array(list(found.values()), float)
    finite = np.isfinite(table).all(axis=1)
    if not finite.all():
        case = cases[list(found)[int(np.argmin(finite))]]
        raise ValueError(
            f"metric {name!r}: a row of question {case.question.id!r}, arm "
            f"{case.prediction.arm!r}, is not finite"
        )
    values = metric.reduce(table)
    return {i: None if np.isnan(v) else float(v) for i, v in zip(found, values, strict=True)}
