"""Measures of cost: what a run's bill says. A run pays once, so there is no interval of its own."""

from dataclasses import replace
from math import inf

from harness.claims.checks import BreakEven, Cost
from harness.claims.evidence import Evidence, Found, Missing, once
from harness.claims.run import FinishedRun
from harness.costs.bill import Total, totals
from harness.costs.break_even import break_even

_FIELD = {
    "one-off": "one_off",
    "per question": "per_question",
    "per question, batch 1": "per_question_batch_1",
}


def cost(run: FinishedRun, check: Cost, of: str, over: str) -> Found:
    """Return what one arm costs over what another costs."""
    bills = _totals(run)
    told = [getattr(bills.get(arm), _FIELD[check.basis], None) for arm in (of, over)]
    if None in told:
        return Missing(f"no full cost ({check.basis}) of {of} and {over}")
    if not told[1]:
        return Missing(f"{over} costs nothing ({check.basis}): there is no ratio")
    return once(told[0] / told[1], "ratio", check.measured_once)


def even(run: FinishedRun, check: BreakEven, of: str, against: str) -> Found:
    """Return from how many questions on one arm is cheaper in total; infinite for never.

    The limits are what it would be, were the first arm's costs smaller or larger by the factor
    that the claim allows for what is measured once.
    """
    bills = _totals(run)
    ours, theirs = bills.get(of), bills.get(against)
    if ours is None or theirs is None or None in (*_costs(ours), *_costs(theirs)):
        return Missing(f"no full cost of {of} and {against}")
    value = _questions(ours, theirs)
    if (factor := check.measured_once) is None:
        return Evidence(value, None, None, "questions", 1, note="measured once: no interval")
    low, high = (_questions(_scaled(ours, f), theirs) for f in (1 / factor, factor))
    note = "" if value < inf else break_even(ours, theirs).note
    method = f"costs measured once, within a factor of {factor:g}"
    return Evidence(value, low, high, "questions", 1, method, note)


def _totals(run: FinishedRun) -> dict[str, Total]:
    return {total.arm: total for total in totals(run.bill)}


def _costs(total: Total) -> tuple[float | None, float | None]:
    return total.one_off, total.per_question


def _scaled(total: Total, factor: float) -> Total:
    one_off, each = (None if usd is None else usd * factor for usd in _costs(total))
    return replace(total, one_off=one_off, per_question=each)


def _questions(ours: Total, theirs: Total) -> float:
    found = break_even(ours, theirs).questions
    return inf if found is None else found
