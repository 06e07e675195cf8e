"""What judging costs by a price list, and whether that is within the limit."""

from collections.abc import Mapping

from harness.config.records import Judge, Model
from harness.costs.price_list import PriceList
from harness.errors import ConfigError
from harness.types import Usage


def price(judge: Judge, usage: Usage, prices: PriceList) -> float | None:
    """Return what an estimate costs, in USD; None where the list does not know the judge's model.

    A model on our own machine costs its time, which is no price to stop at: 0.
    """
    model = _model(judge)
    if usage == Usage() or (model is not None and not model.hosted):
        return 0.0
    items = [prices.prices.get(f"{model.path if model else ''} {way}") for way in ("in", "out")]
    tokens = (usage.tokens_in, usage.tokens_out)
    if any(item is None or item.unit != "million tokens" for item in items):
        return None
    return sum(n / 1e6 * item.usd for n, item in zip(tokens, items, strict=True) if item)


def within_limit(judge: Judge, usage: Usage, prices: PriceList) -> str:
    """Return the estimate in words, empty where nobody is asked; refuse what may cost too much.

    Raises:
        ConfigError: It costs more than `max_usd`, or nobody knows what it costs.
    """
    if usage == Usage():
        return ""
    limit, usd = judge.max_usd, price(judge, usage, prices)
    if limit is not None and usd is None:
        model = _model(judge)
        item = f"{model.path if model else 'MODEL'} in"
        raise ConfigError(
            f"judge.max_usd: prices {prices.name} have no {item!r} and ... 'out', so the limit "
            "cannot be kept; add both in a price file of your own, or leave max_usd out"
        )
    if limit is not None and usd is not None and usd > limit:
        raise ConfigError(
            f"judge: {in_words(usage, usd)}, more than max_usd ({limit:g}); nothing was asked. "
            "Raise --max-usd, take fewer rows with --limit, or choose another judge"
        )
    return in_words(usage, usd)


def in_words(usage: Usage, usd: float | None) -> str:
    """Return an estimate in words.

    >>> in_words(Usage(2, 1000, 50), 0.25)
    'about 2 calls, 1,000 tokens in and 50 out, 0.25 USD'
    """
    costs = "an unknown price" if usd is None else f"{usd:{',.2f' if usd >= 0.1 else '.2g'}} USD"
    tokens = f"{usage.tokens_in:,} tokens in and {usage.tokens_out:,} out"
    return f"about {usage.calls:,} calls, {tokens}, {costs}"


def _model(judge: Judge) -> Model | None:
    """Return the judge's language model; None where the file names none."""
    given = judge.options.get("model")
    return Model.model_validate(given) if isinstance(given, Mapping) else None
