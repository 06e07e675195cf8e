"""Quantities times prices: the bill of each arm."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from harness.costs.price_list import Price, PriceList
from harness.costs.quantities import Artefact, Quantities
from harness.results import CostItem

Basis = Literal["one-off", "per question", "per question, batch 1"]

PER_QUESTION: tuple[Basis, Basis] = ("per question", "per question, batch 1")


@dataclass(frozen=True, slots=True)
class Total:
    """The sums of an arm's bill in US dollars; None where a line of it is unknown."""

    arm: str
    one_off: float | None
    per_question: float | None
    per_question_batch_1: float | None


def bill(
    arms: Iterable[Quantities], prices: PriceList, *, machines: float = 1.0, months: float = 1.0
) -> list[CostItem]:
    """Return every line of every arm's bill, in the order given.

    An artefact is charged in full to each arm that uses it, since an arm chosen alone has to
    pay for all of it. A quantity that was not measured has no cost: not 0, unknown.

    Args:
        arms: What each arm used.
        prices: A price list; its `machine` is what our own time is charged as.
        machines: How many of those machines were busy: cores or GPUs.
        months: How long a hosted store keeps an artefact.

    Raises:
        ConfigError: A service or model that an arm uses has no price.
    """
    return [item for arm in arms for item in _bill(arm, prices, machines, months)]


def totals(items: Iterable[CostItem]) -> list[Total]:
    """Return the sums of each arm's bill, arms in the order in which they first appear.

    A basis without any line is truly 0: nothing had to be built. Only the two bases per question
    are unknown then, since every answer costs something.
    """
    by_arm: dict[str, list[CostItem]] = {}
    for item in items:
        by_arm.setdefault(item.arm, []).append(item)
    return [
        Total(arm, _sum(lines, "one-off", none=0.0), *(_sum(lines, b) for b in PER_QUESTION))
        for arm, lines in by_arm.items()
    ]


def usd_per_1k(items: Sequence[CostItem], arm: str) -> float | None:
    """Return what 1,000 questions cost at batch throughput, building not included."""
    for total in totals(items):
        if total.arm == arm and total.per_question is not None:
            return 1000 * total.per_question
    return None


def _bill(arm: Quantities, prices: PriceList, machines: float, months: float) -> list[CostItem]:
    items = [i for a in arm.artefacts for i in _build(arm.arm, a, prices, machines, months)]
    clock = prices.find(prices.machine, "hour")
    for basis, seconds in zip(PER_QUESTION, (arm.seconds, arm.seconds_batch_1), strict=True):
        items.append(_line(arm.arm, basis, "answering", _hours(seconds, machines), clock))
        if arm.service is not None:
            price = prices.find(arm.service, "million tokens")
            name = f"embedding the question by {arm.service}"
            items.append(_line(arm.arm, basis, name, _millions(arm.embedded_tokens), price))
        if arm.model is not None:
            for side, tokens in (("in", arm.tokens_in), ("out", arm.tokens_out)):
                price = prices.find(f"{arm.model} {side}", "million tokens")
                items.append(_line(arm.arm, basis, price.item, _millions(tokens), price))
    return items


def _build(
    arm: str, artefact: Artefact, prices: PriceList, machines: float, months: float
) -> list[CostItem]:
    clock = prices.find(prices.machine, "hour")
    hours = _hours(artefact.seconds, machines)
    items = [_line(arm, "one-off", f"building {artefact.name}", hours, clock)]
    if artefact.service is not None:
        price = prices.find(artefact.service, "million tokens")
        name = f"embedding {artefact.name} by {artefact.service}"
        items.append(_line(arm, "one-off", name, _millions(artefact.tokens), price))
    if artefact.stored_bytes != 0:
        price = prices.find("vector-storage", "GB-month")
        stored = artefact.stored_bytes
        kept = None if stored is None else stored / 1e9 * months
        items.append(_line(arm, "one-off", f"storing {artefact.name}", kept, price))
    return items


def _line(arm: str, basis: Basis, item: str, quantity: float | None, price: Price) -> CostItem:
    usd = None if quantity is None else quantity * price.usd
    source = f"{price.item}: {price.source}, {price.date}"
    return CostItem(arm, basis, item, quantity, price.unit, price.usd, usd, source)


def _hours(seconds: float | None, machines: float) -> float | None:
    return None if seconds is None else seconds / 3600 * machines


def _millions(tokens: float | None) -> float | None:
    return None if tokens is None else tokens / 1e6


def _sum(items: Iterable[CostItem], basis: Basis, none: float | None = None) -> float | None:
    known = [item.usd for item in items if item.basis == basis]
    if not known:
        return none
    total = 0.0
    for usd in known:
        if usd is None:
            return None
        total += usd
    return total
