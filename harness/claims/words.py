"""How checks, numbers and verdicts are said."""

from collections.abc import Mapping, Sequence
from math import inf

from harness.claims.checks import (
    BreakEven,
    Carried,
    Check,
    Condition,
    Cost,
    Difference,
    Fact,
    Given,
    Invented,
    Latency,
    Mismatch,
    Parameters,
    Relative,
    Reported,
    Training,
    Value,
)  # fmt: skip
from harness.claims.evidence import Found, Missing
from harness.claims.judging import Judged
from harness.claims.verdict import Verdict
from harness.report.numbers import number, signed

SAID: Mapping[Verdict, str] = {
    "supported": "holds",
    "refuted": "does not hold",
    "undecided": "undecided",
    "not measured": "not measured",
}

_FOUND = {
    "yes": "where {} found gold",
    "no": "where {} missed gold",
    "yes minus no": "where {} found gold, minus where it missed",
}


def measure(check: Check, arms: Sequence[str]) -> str:  # noqa: C901 - one line for each measure
    """Return what is measured, in words, with the names of the arms."""
    of = arms[0] if arms else ""
    beside = " − ".join(arms)
    match check:
        case Value() | Difference():
            return f"{check.metric}: {beside}"
        case Relative():
            return f"{check.metric}: {' over '.join(arms)}"
        case Given():
            return f"{check.metric} {_FOUND[check.found].format(check.hit)}: {of}"
        case Mismatch():
            return f"{check.hit} and {check.metric} disagree: {of}"
        case Invented():
            return f"neither right nor refused: {beside}"
        case Carried():
            return f"answers that carry their passages: {of}"
        case Reported():
            return f"{', '.join(check.metrics)} with intervals: {of}"
        case Latency():
            return f"{check.statistic} of {' + '.join(check.spans) or 'total time'}: {beside}"
        case Cost():
            return f"cost, {check.basis}: {' over '.join(arms)}"
        case BreakEven():
            return f"cheaper in total: {' than '.join(arms)}, from"
        case Training():
            return f"{check.field}: {' over '.join(arms)}"
        case Parameters():
            return f"LoRA parameters of a {check.inputs} × {check.outputs} layer at r = {check.r}:"
        case Fact():
            return f"{check.fact.replace('_', ' ')}:"


def condition(check: Condition) -> str:
    """Return a condition in signs."""
    if check.above is not None:
        return f"above {_plain(check.above)}"
    if check.below is not None:
        return "ever" if check.below == inf else f"below {_plain(check.below)}"
    if check.within is not None:
        least, most = check.within
        return _plain(least) if least == most else f"{_plain(least)} to {_plain(most)}"
    return "shown only"


def numbers(check: Check, found: Found) -> str:
    """Return a number with its interval, or what is missing; a difference has its sign."""
    if isinstance(found, Missing):
        return f"– ({found.what})"
    ends = [found.value, found.low, found.high]
    apart = bool(getattr(check, "minus", ""))
    value, low, high = ("" if e is None else _number(e, found.unit, apart=apart) for e in ends)
    within = "" if found.method == "exact" else f" [{low}, {high}]" if low and high else ""
    within = within or ("" if found.method == "exact" else " (no interval)")
    sign = {"relative": " %", "ms": " ms", "MB": " MB", "questions": " questions"}
    unit = "" if found.unit == "questions" and found.value == inf else sign.get(found.unit, "")
    return f"{value}{unit}{within}"


def about(row: Judged, *, run: bool = False) -> str:
    """Return of whom a verdict is true, and in which run that was found."""
    if row.scope is None:
        return ""
    told = (f"{row.scope.model} on {row.scope.dataset}", row.split, f"run {row.run}" if run else "")
    return ", ".join(filter(None, told))


def verdict(row: Judged) -> str:
    """Return what was found, and of whom it is true."""
    if row.verdict == "not measured":
        return f"not measured by this run: {row.missing}"
    return f"{SAID[row.verdict]} for {about(row, run=True)}"


def _number(value: float, unit: str, *, apart: bool) -> str:
    if unit == "yes or no":
        return "yes" if value == 1 else "no"
    if unit == "questions":
        return "never" if value == inf else f"{value:,.0f}"
    if unit == "parameters":
        return f"{value:,.0f}"
    if unit == "relative":
        return signed(100 * value, "points")
    return signed(value, unit) if apart else number(value, unit)


def _plain(value: float) -> str:
    return f"{value:,g}" if value != inf else "never"
