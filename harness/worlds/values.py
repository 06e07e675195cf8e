"""What an attribute can hold: each draw returns one value with the other ways to write it."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from harness.worlds.names import names, words

MONTHS = words(
    "January February March April May June July August September October November December"
)


@dataclass(frozen=True, slots=True)
class Value:
    """One value.

    Attributes:
        text: The value as documents and answers write it.
        aliases: Other spellings that count as right.
    """

    text: str
    aliases: tuple[str, ...] = ()


Draw = Callable[[Random], Value]


def measure(unit: str, low: int, high: int, short: str = "") -> Draw:
    """Return a draw of whole numbers with a unit, such as "340 grams"."""

    def draw(rng: Random) -> Value:
        number = rng.randint(low, high)
        return Value(f"{number} {unit}", (f"{number} {short}",) if short else ())

    return draw


def number(low: int, high: int) -> Draw:
    """Return a draw of whole numbers without a unit, such as the number of a form."""

    def draw(rng: Random) -> Value:
        return Value(str(rng.randint(low, high)))

    return draw


def one_of(pool: str) -> Draw:
    """Return a draw from a comma-separated list; an article may be left out of the answer."""
    options = [option.strip() for option in pool.split(",")]

    def draw(rng: Random) -> Value:
        text = rng.choice(options)
        article, _, rest = text.partition(" ")
        return Value(text, (rest,) if article in ("a", "an", "the") else ())

    return draw


def named(use: str) -> Draw:
    """Return a draw of one invented name: a brand, a town."""

    def draw(rng: Random) -> Value:
        return Value(rng.choice(names(use)))

    return draw


def person(rng: Random) -> Value:
    """Return a given name and a surname."""
    return Value(f"{rng.choice(names('given'))} {rng.choice(names('surname'))}")


def year(rng: Random) -> Value:
    """Return a year from 1980 to 2029."""
    return Value(str(rng.randint(1980, 2029)))


def date(rng: Random) -> Value:
    """Return a day and a month, such as "14 March"."""
    day, month = rng.randint(1, 28), rng.choice(MONTHS)
    return Value(f"{day} {month}", (f"{month} {day}",))


MATERIALS = one_of(
    "brass, copper, steel, aluminium, titanium, bronze, glass, ceramic, oak, walnut, nylon, rubber,"
    "leather, carbon fibre, cast iron, stainless steel, bamboo, resin, silicone, zinc, nickel, cork"
)
COLOURS = one_of(
    "red, blue, green, black, white, grey, yellow, orange, silver, brown, purple, pink, dark blue,"
    "light grey, olive, cream, maroon, turquoise, dark green, beige"
)
