"""The fixed inventory of invented names: every one is a single token of the shipped tokenizer."""

from functools import cache
from random import Random


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text: the shortest way to write a table of them."""
    return tuple(text.split())


ONSETS = words("b br c ch d dr f g gr h j k l m n p pr qu r s sh st t th tr v w z")
VOWELS = words("a e i o u ai ea io ou")
CODAS = ["", "n", "r", "l", "s", "x", "m", "nd", "rt", "ck"]
SIZES = {"brand": 280, "given": 160, "surname": 220, "town": 180}


def invented_name(rng: Random) -> str:
    """Return two or three syllables, capitalised."""
    syllables = [rng.choice(ONSETS) + rng.choice(VOWELS) for _ in range(rng.choice([2, 2, 3]))]
    return ("".join(syllables) + rng.choice(CODAS)).capitalize()


@cache
def inventory() -> dict[str, tuple[str, ...]]:
    """Return the names by use: brand, given, surname, town; no name has two uses.

    The draw has a seed of its own, so the inventory is the same for every world.
    """
    rng, names = Random("names"), dict[str, None]()
    while len(names) < sum(SIZES.values()):
        name = invented_name(rng)
        if 4 <= len(name) <= 9:
            names[name] = None
    pool = iter(names)
    return {use: tuple(next(pool) for _ in range(size)) for use, size in SIZES.items()}


def names(use: str) -> tuple[str, ...]:
    """Return the names of one use."""
    return inventory()[use]
