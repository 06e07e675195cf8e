"""Evidence and conditions to verdicts: computed from the interval, and from nothing else."""

from collections.abc import Sequence
from typing import Literal

from harness.claims.checks import Check
from harness.claims.evidence import Found, Missing
from harness.claims.records import Case

Verdict = Literal["supported", "refuted", "undecided", "not measured"]
Finding = Verdict | Literal["shown"]
"""What one check says; `shown` where it has no condition."""


def finding(check: Check, found: Found) -> Finding:
    """Return on which side of its condition an interval lies."""
    if isinstance(found, Missing):
        return "not measured" if check.decides else "shown"
    if not check.decides:
        return "shown"
    low, high = found.low, found.high
    if low is None or high is None:
        return "undecided"
    # an interval that ends at the bound does not exclude it; a number that was counted is there
    if (bound := check.above) is not None:
        return _verdict(met=low > bound, failed=high < bound or low == high == bound)
    if (bound := check.below) is not None:
        return _verdict(met=high < bound, failed=low > bound or low == high == bound)
    least, most = check.within or (low, high)
    return _verdict(met=least <= low and high <= most, failed=high < least or low > most)


def verdict(case: Case, findings: Sequence[Finding]) -> Verdict:
    """Return what the checks of a case come to.

    `all`: one failed condition refutes, whatever is missing; else everything has to be measured.
    `any`: one met condition supports, whatever is missing; else everything has to be measured.
    """
    decisive = [one for one in findings if one != "shown"]
    quick: Verdict = "refuted" if case.all else "supported"
    slow: Verdict = "supported" if case.all else "refuted"
    if quick in decisive:
        return quick
    if "not measured" in decisive:
        return "not measured"
    return slow if all(one == slow for one in decisive) else "undecided"


def _verdict(*, met: bool, failed: bool) -> Verdict:
    return "supported" if met else "refuted" if failed else "undecided"
