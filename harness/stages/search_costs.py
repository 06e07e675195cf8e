"""What choosing settings took, and what of it comes on top of the chosen arm's own bill."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from harness.costs.bill import totals
from harness.costs.break_even import break_evens
from harness.costs.price_list import Price, PriceList
from harness.results import BreakEven, CostItem
from harness.stages.answering import Answered
from harness.stages.job import Job
from harness.stages.weights import Trained

ITEM = "choosing settings"


@dataclass(frozen=True, slots=True)
class Spent:
    """What one trial stands on: machine-seconds by artefact."""

    building: Mapping[str, float]
    """Indexes and weights: on the bill of an arm that uses them anyway."""
    asking: Mapping[str, float]
    """Passages and answers for the development questions."""
    model: str = ""
    """Name of the hosted model that answered; empty where the model is here."""
    tokens_in: int | None = None
    tokens_out: int | None = None
    """Of all answers; None where one did not report them."""

    @classmethod
    def of(
        cls,
        job: Job,
        answered: Answered,
        trained: Mapping[tuple[str, int], Trained],
        trial: str,
    ) -> "Spent":
        """Return what a trial took, from the logs of its artefacts."""
        arm = answered.run.arm
        model = job.benchmark.models[arm.model]
        building = {name: s for made in trained.values() for name, s in made.spent.items()}
        seconds = [(b.seconds - model.hosted * b.model_seconds) * b.machines for b in answered.log]
        asking = {f"answers of {trial}": sum(seconds)}
        if arm.context.type in ("retrieved", "wrong", "whole"):
            retrieval = job.retrievals[arm.context.retriever]
            building[f"index {retrieval.key}"] = retrieval.build.seconds * retrieval.build.machines
            asking[f"passages {retrieval.key}"] = job.rankings(arm.context.retriever)[1]
        told = [p for p in answered.predictions if p.failure is None]
        return cls(
            building,
            asking,
            model.path if model.hosted else "",
            _sum([p.tokens_in for p in told]),
            _sum([p.tokens_out for p in told]),
        )

    def new(self, known: Collection[str]) -> float:
        """Return the machine-seconds of what is not known from an earlier trial."""
        every = {**self.building, **self.asking}
        return sum(seconds for name, seconds in every.items() if name not in known)


@dataclass(frozen=True, slots=True)
class Search:
    """What all trials of an arm took beyond what its chosen setting is billed for anyway."""

    arm: str
    machine_seconds: float
    model: str
    tokens_in: int | None
    tokens_out: int | None

    @classmethod
    def of(cls, arm: str, trials: Sequence[Spent], chosen: Spent) -> "Search":
        """Return the sum over an arm's trials; what several of them share counts once."""
        every: dict[str, float] = {}
        for spent in trials:
            every |= {**spent.building, **spent.asking}
        seconds = sum(s for name, s in every.items() if name not in chosen.building)
        return cls(
            arm,
            seconds,
            chosen.model,
            _sum([spent.tokens_in for spent in trials]),
            _sum([spent.tokens_out for spent in trials]),
        )


def with_searches(
    items: Sequence[CostItem], searches: Sequence[Search], prices: PriceList
) -> tuple[list[CostItem], list[BreakEven]]:
    """Return the bills with the searches among their one-off lines, and the break-evens anew."""
    ours = {search.arm: _lines(search, prices) for search in searches}
    found: list[CostItem] = []
    for item in items:
        found += ours.pop(item.arm, [])
        found.append(item)
    return found, break_evens(totals(found))


def _lines(search: Search, prices: PriceList) -> list[CostItem]:
    clock = prices.find(prices.machine, "hour")
    lines = [_line(search.arm, ITEM, search.machine_seconds / 3600, clock)]
    if search.model:
        for side, tokens in (("in", search.tokens_in), ("out", search.tokens_out)):
            price = prices.find(f"{search.model} {side}", "million tokens")
            quantity = None if tokens is None else tokens / 1e6
            lines.append(_line(search.arm, f"{ITEM}: {price.item}", quantity, price))
    return lines


def _line(arm: str, item: str, quantity: float | None, price: Price) -> CostItem:
    usd = None if quantity is None else quantity * price.usd
    source = f"{price.item}: {price.source}, {price.date}"
    return CostItem(arm, "one-off", item, quantity, price.unit, price.usd, usd, source)


def _sum(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None
