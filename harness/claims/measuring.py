"""A check and a run to what the run shows."""

from collections.abc import Mapping, Sequence
from typing import assert_never

from harness.claims import money, quality, timing, weights
from harness.claims.arms import chosen
from harness.claims.checks import (
    BreakEven,
    Carried,
    Check,
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
    roles_of,
)
from harness.claims.evidence import Found
from harness.claims.records import Role
from harness.claims.run import FinishedRun


def arms_of(run: FinishedRun, check: Check, kinds: Mapping[str, Role]) -> tuple[str, ...] | str:
    """Return the run's arms that a check is about, or what is missing."""
    return chosen(run.benchmark, [(role, kinds[role]) for role in roles_of(check)])


def measured(  # noqa: C901 - one line for each measure
    run: FinishedRun, check: Check, split: str, arms: Sequence[str]
) -> Found:
    """Return what a run shows of a check; without a split, on all its questions."""
    split = check.split or split or "all"
    match check:
        case Value():
            return quality.value(run, check, split, *arms)
        case Difference():
            return quality.difference(run, check, split, *arms)
        case Relative():
            return quality.relative(run, check, split, *arms)
        case Given():
            return quality.given(run, check, split, *arms)
        case Mismatch():
            return quality.mismatch(run, check, split, *arms)
        case Invented():
            return quality.invented(run, split, *arms)
        case Carried():
            return quality.carried(run, split, *arms)
        case Reported():
            return quality.reported(run, check, split, *arms)
        case Latency():
            return timing.latency(run, check, *arms)
        case Cost():
            return money.cost(run, check, *arms)
        case BreakEven():
            return money.even(run, check, *arms)
        case Training():
            return weights.training(run, check, *arms)
        case Parameters():
            return weights.lora_parameters(check)
        case Fact():
            return weights.fact(run, check)
        case _:
            assert_never(check)
