"""What each arm used, from the logs of its artefacts, and what that costs."""

from collections.abc import Mapping, Sequence

from harness.arms import NOT_ASKED
from harness.costs.bill import bill, totals, usd_per_1k
from harness.costs.break_even import break_evens
from harness.costs.price_list import PriceList
from harness.costs.quantities import Artefact, Quantities
from harness.results import BreakEven, CostItem, Span, Summary
from harness.stages.answering import Answered
from harness.stages.job import Job
from harness.stages.weights import Trained

OURS = ("expand", "embed", "search", "rerank", "prompt")
"""The spans of an answer that are not spent in the model."""


def bills(
    job: Job,
    answered: Sequence[Answered],
    trained: Mapping[tuple[str, int], Trained],
    spans: Sequence[Span],
    prices: PriceList,
) -> tuple[list[CostItem], list[BreakEven], list[Summary]]:
    """Return every arm's bill, the break-evens between arms, and the cost cells of the table.

    Time is billed as machine-seconds: seconds times how many cores, or GPUs, were at work when
    they were measured.
    """
    columns = {a.run.name: a for a in answered if a.run.seed == job.seeds[0]}
    used = [_quantities(job, a, trained, spans) for a in columns.values()]
    items = bill(used, prices)
    cells = [_summary(name, usd_per_1k(items, name), len(a.predictions), prices.name)
             for name, a in columns.items()]  # fmt: skip
    return items, break_evens(totals(items)), cells


def _quantities(
    job: Job,
    answered: Answered,
    trained: Mapping[tuple[str, int], Trained],
    spans: Sequence[Span],
) -> Quantities:
    run = answered.run
    if run.arm.type == "external":
        return Quantities(run.name, (), None, None)
    model = job.benchmark.models[run.arm.model]
    artefacts, seconds = [], seconds_per_question(answered, waited=model.hosted)
    if run.arm.context.type in ("retrieved", "wrong", "whole"):
        label = run.arm.context.retriever
        build = job.retrievals[label].build
        artefacts.append(Artefact(f"index {label}", build.seconds * build.machines))
        if seconds is not None:
            seconds += job.rankings(label)[1] / len(job.askable)
    if run.arm.weights != "base":
        made = [t.machine_seconds for (w, _), t in trained.items() if w == run.arm.weights]
        artefacts.append(Artefact(f"weights {run.arm.weights}", sum(made) / len(made)))
    one = _seconds_alone(run.name, spans, waited=model.hosted)
    one = None if one is None else one * job.machines
    if not model.hosted:
        return Quantities(run.name, tuple(artefacts), seconds, one)
    told = [p for p in answered.predictions if p.failure is None and p.warning != NOT_ASKED]
    return Quantities(
        run.name,
        tuple(artefacts),
        seconds,
        one,
        model=model.path,
        tokens_in=_mean([p.tokens_in for p in told]),
        tokens_out=_mean([p.tokens_out for p in told]),
    )


def seconds_per_question(answered: Answered, *, waited: bool) -> float | None:
    """Return the machine-seconds of a question in batches; None where nothing was asked.

    Time that was spent waiting for somebody else's model is not ours.
    """
    idle = {p.question_id for p in answered.predictions if p.warning == NOT_ASKED}
    asked = sum(question not in idle for batch in answered.log for question in batch.questions)
    spent = sum((b.seconds - waited * b.model_seconds) * b.machines for b in answered.log)
    return spent / asked if asked else None


def _seconds_alone(arm: str, spans: Sequence[Span], *, waited: bool) -> float | None:
    """Return the seconds of a question asked alone; None where no latency was measured."""
    asked = {span.question for span in spans if span.arm == arm}
    parts = OURS if waited else ("total",)
    spent = sum(span.ms / 1000 for span in spans if span.arm == arm and span.span in parts)
    return spent / len(asked) if asked else None


def _mean(counts: Sequence[int | None]) -> float | None:
    """Return the mean; None where a count was not reported, or nothing was counted."""
    known = [count for count in counts if count is not None]
    return sum(known) / len(known) if known and len(known) == len(counts) else None


def _summary(arm: str, usd: float | None, n: int, prices: str) -> Summary:
    return Summary(
        arm=arm,
        split="all",
        metric="cost_usd_per_1k",
        value=usd,
        low=None,
        high=None,
        n=n,
        failures=0,
        clusters=n,
        largest_cluster=1,
        seeds=1,
        unit="usd",
        higher_is_better=False,
        signature=f"prices:{prices}|basis:batch throughput|building:not included",
        note="" if usd is not None else "unknown: what it used was not measured",
    )
