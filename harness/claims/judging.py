"""Claims and finished runs to verdicts, each with what it rests on and what it is about."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.claims.arms import differences
from harness.claims.checks import Check, roles_of
from harness.claims.evidence import Found, Missing
from harness.claims.measuring import arms_of, measured
from harness.claims.records import Case, Claim, Claims
from harness.claims.run import FinishedRun
from harness.claims.scope import Scope, scope
from harness.claims.verdict import Finding, Verdict, finding, verdict


@dataclass(frozen=True, slots=True)
class Shown:
    """One check and what a run shows of it."""

    check: Check
    arms: tuple[str, ...]
    """The arms of the run; the kinds of arms where the run has none."""
    found: Found
    finding: Finding
    note: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """One reading of a claim on one split of one run."""

    id: str
    claim: Claim
    case: str
    split: str
    verdict: Verdict
    shown: tuple[Shown, ...] = ()
    run: str = ""
    """The folder; empty where no run is about it."""
    scope: Scope | None = None
    missing: str = ""
    """Why it is not measured."""
    command: str = ""
    """What to run to have it measured; empty where nothing would."""


def judge(claims: Claims, runs: Sequence[FinishedRun]) -> list[Judged]:
    """Return a verdict for every claim, case, split and run that measures it.

    Runs that measure a case stand side by side, those of the benchmark that the claim names
    first. A case that no run measures has one row, which says what is missing.
    """
    return [
        row
        for name, claim in claims.claims.items()
        for row in (
            _of_claim(name, claim, claims, runs) if claim.cases else [_unmeasured(name, claim)]
        )
    ]


def _unmeasured(name: str, claim: Claim) -> Judged:
    why = f"no shipped benchmark measures it yet: {claim.planned}" if claim.planned else ""
    why = why or f"not measurable: {claim.not_measurable}"
    return Judged(name, claim, "", "", "not measured", missing=why)


def _of_claim(
    name: str, claim: Claim, claims: Claims, runs: Sequence[FinishedRun]
) -> Iterator[Judged]:
    for case in claim.cases:
        ordered = sorted(runs, key=lambda run: not _is_of(run, _benchmark(claim, case)))
        for split in case.splits:
            rows = [_judged(name, claim, case, split, claims, run) for run in ordered]
            known = [row for row in rows if row.verdict != "not measured"]
            yield from known or sorted(rows, key=_how_much_is_missing)[:1]


def _benchmark(claim: Claim, case: Case) -> str:
    return case.benchmark or claim.benchmark


def _is_of(run: FinishedRun, benchmark: str) -> bool:
    return benchmark.split()[0].endswith(f"/{run.benchmark.name}.yaml")


def _how_much_is_missing(row: Judged) -> int:
    return sum(isinstance(shown.found, Missing) for shown in row.shown)


def _judged(
    name: str, claim: Claim, case: Case, split: str, claims: Claims, run: FinishedRun
) -> Judged:
    shown = tuple(_shown(check, split, claims, run) for check in case.checks)
    found = verdict(case, [one.finding for one in shown])
    missing = [
        one.found.what
        for one in shown
        if one.finding == "not measured" and isinstance(one.found, Missing)
    ]
    arms = tuple(dict.fromkeys(a for one in shown for a in one.arms if a in run.benchmark.arms))
    why = "; ".join(dict.fromkeys(missing)) if found == "not measured" else ""
    return Judged(
        name,
        claim,
        case.name,
        split,
        found,
        shown,
        str(run.folder),
        scope(run, arms),
        why,
        f"harness run {_benchmark(claim, case)}",
    )


def _shown(check: Check, split: str, claims: Claims, run: FinishedRun) -> Shown:
    arms = arms_of(run, check, claims.arms)
    if isinstance(arms, str):
        missing = Missing(arms)
        return Shown(check, roles_of(check), missing, finding(check, missing))
    found = measured(run, check, split, arms)
    return Shown(check, arms, found, finding(check, found), differences(run.benchmark, arms))
