"""What a run shows: a number with its 95 % interval, or what is missing to have one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harness.claims.run import Answered, FinishedRun, Row, Values, number
from harness.results import Pair, Score, Summary
from harness.stages.pairs import pairs
from harness.stages.summaries import summarise
from harness.stats import Numbers, ratio
from harness.types import Case, ContextType, Question, Stats

Rows = Mapping[Answered, Stats]
"""What every answer contributes."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A measured number; without limits nothing can be decided."""

    value: float
    low: float | None
    high: float | None
    unit: str
    n: int
    method: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """Why a run does not show it."""

    what: str


Found = Evidence | Missing


def exact(value: float, unit: str, n: int = 1) -> Evidence:
    """Return what was counted, not measured."""
    return Evidence(value, value, value, unit, n, "exact")


def once(value: float, unit: str, factor: float | None) -> Evidence:
    """Return what was measured one time, right within the factor that a claim allows for."""
    if factor is None:
        return Evidence(value, None, None, unit, 1, note="measured once: no interval")
    method = f"measured once, within a factor of {factor:g}"
    low, high = sorted((value / factor, value * factor))
    return Evidence(value, low, high, unit, 1, method)


def from_row(run: FinishedRun, file: str, row: Row, column: str, unit: str) -> Found:
    """Return the number of a row of `summary.csv` or `pairs.csv` with its interval."""
    where = run.folder / file
    value, low, high = (number(row, name, where) for name in (column, "low", "high"))
    if value is None:
        return Missing(f"{row['metric']} on {row['split']}: {row['note'] or 'no value'}")
    n = int(number(row, "n", where) or 0)
    method = row.get("method", "") or "as the run reports it"
    return Evidence(value, low, high, unit, n, method, row["note"])


def summarised(
    run: FinishedRun,
    rows: Rows,
    split: str,
    unit: str = "share",
    reduce: Callable[[Numbers], Numbers] = ratio,
) -> Found:
    """Return a function of summed rows, with the interval that the run's own tables would give."""
    if not rows:
        return Missing("no question is left to judge it by")
    if isinstance(asked := _asked(run, rows, split), str):
        value = float(reduce(np.array(list(rows.values())).sum(axis=0)))
        if np.isnan(value):
            return Missing("undefined on these questions (0/0)")
        return Evidence(value, None, None, unit, len(_questions(rows)), note=asked)
    metric = {"": _Derived(unit, reduce)}
    return _found(summarise(_scores("", rows, split), metric, asked), split, unit)


def compared(run: FinishedRun, ours: Rows, theirs: Rows, split: str) -> Found:
    """Return the difference of two shares on the questions that both arms have a row for."""
    both = _questions(ours) & _questions(theirs)
    if not both:
        return Missing("no question on which both are measured")
    ours, theirs = ({at: one[at] for at in one if at[0] in both} for one in (ours, theirs))
    if isinstance(asked := _asked(run, ours, split), str):
        value = _mean(ours) - _mean(theirs)
        return Evidence(value, None, None, "share", len(both), note=asked)
    scores = [*_scores("a", ours, split), *_scores("b", theirs, split)]
    return _found(pairs(scores, {"": _Derived()}, asked, [("a", "b")]), split, "share")


def beside(ours: Values, theirs: Values) -> Rows:
    """Return the scores of two arms on the questions that both have, seed by seed.

    An arm that is not trained answers once; that answer stands beside each seed of the other.
    """
    left, right = _by_question(ours), _by_question(theirs)
    rows: dict[Answered, Stats] = {}
    for question, a in left.items():
        b = right.get(question, {})
        for seed in (a if len(a) >= len(b) else b) if b else ():
            rows[question, seed] = (_at(a, seed), _at(b, seed))
    return rows


def _by_question(values: Values) -> Mapping[str, Mapping[int, float]]:
    found: dict[str, dict[int, float]] = {}
    for (question, seed), value in values.items():
        found.setdefault(question, {})[seed] = value
    return found


def _at(values: Mapping[int, float], seed: int) -> float:
    return values[seed] if seed in values else sum(values.values()) / len(values)


def _questions(rows: Rows) -> set[str]:
    return {question for question, _ in rows}


def _mean(rows: Rows) -> float:
    return sum(row[0] for row in rows.values()) / len(rows)


def _asked(run: FinishedRun, rows: Rows, split: str) -> Sequence[Question] | str:
    if isinstance(run.questions, str):
        return run.questions
    wanted = _questions(rows)
    asked = [q for q in run.questions if q.id in wanted and split in (q.split, "all")]
    if len(asked) < len(wanted):
        return "no interval: questions of this run are not known"
    return asked


def _scores(arm: str, rows: Rows, split: str) -> list[Score]:
    return [Score(arm, seed, split, q, "", None, "ok", row) for (q, seed), row in rows.items()]


def _found(cells: Sequence[Summary | Pair], split: str, unit: str) -> Found:
    [cell] = [cell for cell in cells if cell.split == split]
    value = cell.value if isinstance(cell, Summary) else cell.difference
    if value is None:
        return Missing(cell.note or "undefined")
    return Evidence(value, cell.low, cell.high, unit, cell.n, cell.method, cell.note)


@dataclass(frozen=True, slots=True)
class _Derived:
    """A metric whose rows are at hand already: only its reduction is needed."""

    unit: str = "share"
    reduction: Callable[[Numbers], Numbers] = ratio
    higher_is_better: bool = True
    signature: str = ""

    def applies(self, question: Question, context: ContextType) -> bool:
        return True

    def worst(self, question: Question) -> Stats | None:
        return None

    def best(self, question: Question) -> Stats | None:
        return None

    def measure(self, cases: Sequence[Case]) -> list[Stats | None]:
        return [None for _ in cases]

    def reduce(self, sums: Numbers) -> Numbers:
        return self.reduction(sums)
