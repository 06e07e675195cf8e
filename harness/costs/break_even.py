"""From how many questions on one arm is cheaper than another, building included."""

from collections.abc import Iterable
from fractions import Fraction
from itertools import permutations
from math import floor

from harness.costs.bill import Total
from harness.results import BreakEven


def break_evens(totals: Iterable[Total]) -> list[BreakEven]:
    """Return one row for each ordered pair of arms, at batch throughput."""
    return [break_even(a, b) for a, b in permutations(totals, 2)]


def break_even(a: Total, b: Total) -> BreakEven:
    """Return the least n so that for n questions and any more, arm `a` costs less in total.

    One total is `one_off + n * per_question`. The answer is exact: the sums are compared as
    fractions. Where `a` is cheaper only up to a point, or never, there is no such n.

    >>> break_even(Total("tuned", 5, 0.25, None), Total("rag", 1, 0.5, None)).questions
    17.0
    """
    unknown = [t.arm for t in (a, b) if t.one_off is None or t.per_question is None]
    if a.one_off is None or b.one_off is None or a.per_question is None or b.per_question is None:
        return BreakEven(a.arm, b.arm, None, f"unknown: no full cost of {' and '.join(unknown)}")
    ahead = Fraction(b.one_off) - Fraction(a.one_off)  # what b has paid more before any question
    saving = Fraction(b.per_question) - Fraction(a.per_question)  # what a saves at every question
    if saving > 0:
        n = max(1, floor(-ahead / saving) + 1)
        note = "from the first question" if n == 1 else "from this number of questions on"
        return BreakEven(a.arm, b.arm, float(n), note)
    if saving == 0:
        if ahead > 0:
            return BreakEven(a.arm, b.arm, 1.0, "from the first question")
        why = (
            "they cost the same" if ahead == 0 else f"{a.arm} costs more to build and no less then"
        )
        return BreakEven(a.arm, b.arm, None, f"never: {why}")
    if ahead + saving > 0:
        last = -(-ahead // -saving) - 1  # the greatest n with n * -saving < ahead
        return BreakEven(
            a.arm, b.arm, None, f"never for good: cheaper up to {last:,} questions only"
        )
    return BreakEven(a.arm, b.arm, None, f"never: {a.arm} costs more per question")
