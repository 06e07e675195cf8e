"""A seed to the things of a fictional company, family by family: sisters have similar names."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import gcd
from random import Random

from harness.worlds.attributes import Attribute, Kind
from harness.worlds.incidents import INCIDENT
from harness.worlds.names import names, words
from harness.worlds.people import PERSON
from harness.worlds.policies import POLICY
from harness.worlds.products import PRODUCT
from harness.worlds.sites import SITE
from harness.worlds.values import Value

# Products come twice: they are what most questions to a support desk are about.
KINDS = (PRODUCT, PERSON, PRODUCT, POLICY, INCIDENT, SITE)
SUFFIXES = ("Pro", "Mini", "Max", "Plus", "Lite")
TOPICS = words(
    "Leave Travel Refund Safety Parking Visitor Training Repair Return Privacy "
    "Overtime Purchase Storage Cleaning Uniform Meeting Transport Waste Lending Guest"
)
PLACES = words(
    "Depot Plant Office Warehouse Workshop Laboratory Yard Studio Archive Annex "
    "Tower Hall Hangar Kiosk Garage"
)
BLOCKS = {"product": 98, "policy": 5, "person": 32, "incident": 98, "site": 3}
FIRST_WORD = {
    "product": "brand",
    "policy": "brand",
    "person": "surname",
    "incident": "brand",
    "site": "town",
}


@dataclass(frozen=True, slots=True)
class Entity:
    """One thing with a document of its own.

    Attributes:
        name: Without an article: "Kelvo 40 Pro".
        subject: As sentences write it: "the Kelvo 40 Pro".
        pronoun: it, she or he.
        values: What the document states, in no order.
        ghost: The subject of a sister that is mentioned and has no document.
        phantom: The subject of a sister that does not exist and is never mentioned.
        family: The number of its family in the world.
    """

    kind: Kind
    name: str
    subject: str
    pronoun: str
    values: tuple[tuple[Attribute, Value], ...]
    ghost: str
    phantom: str
    family: int

    def absent(self) -> tuple[Attribute, ...]:
        """Return the attributes of this kind that the document does not state."""
        stated = {attribute.noun for attribute, _ in self.values}
        return tuple(a for a in self.kind.attributes if a.noun not in stated)


def entities(seed: int, documents: int, *, room: int | None = None) -> Iterator[Entity]:
    """Yield `documents` things; memory does not grow with their number.

    A family's name comes from its number by a seeded permutation, so names are unique
    without a list of those in use.

    Args:
        seed: Decides everything.
        documents: How many things.
        room: How many there may ever be. Worlds of the same seed and room begin alike.
    """
    made = 0
    family = 0
    while made < documents:
        kind = KINDS[family % len(KINDS)]
        for entity in _family(seed, kind, family, room or documents):
            yield entity
            made += 1
            if made == documents:
                return
        family += 1


def subject_of(kind: Kind, name: str) -> str:
    """Return how a sentence writes the name of a thing of this kind."""
    match kind.name:
        case "person":
            return name
        case "incident":
            return f"incident {name}"
        case _:
            return f"the {name}"


def _family(seed: int, kind: Kind, family: int, room: int) -> Iterator[Entity]:
    rng = Random(f"{seed}/{kind.name}/{family}")
    candidates = _names(rng, kind, *_place(seed, kind, _turn(family), room))
    rng.shuffle(candidates)
    ghost, phantom = (subject_of(kind, name) for name in candidates[3:5])
    for name in candidates[: rng.choice((1, 2, 2, 3))]:
        chosen = rng.sample(kind.attributes, rng.choice((6, 7, 7, 8)))
        values = tuple((attribute, attribute.draw(rng)) for attribute in chosen)
        pronoun = rng.choice(("she", "he")) if kind.name == "person" else "it"
        subject = subject_of(kind, name)
        yield Entity(kind, name, subject, pronoun, values, ghost, phantom, family)


def _turn(family: int) -> int:
    """Return how many families of the same kind came before this one."""
    rounds, place = divmod(family, len(KINDS))
    return rounds * KINDS.count(KINDS[place]) + KINDS[:place].count(KINDS[place])


def _place(seed: int, kind: Kind, turn: int, room: int) -> tuple[int, int, int]:
    """Return the indices (first word, block, middle word or -1) of the family made in this turn."""
    firsts, blocks = len(names(FIRST_WORD[kind.name])), BLOCKS[kind.name]
    small = room <= firsts * blocks  # a middle name only where the short names run out
    size = firsts * blocks * (1 if small else len(names("brand")))
    rng = Random(f"{seed}/{kind.name}")
    step = rng.randrange(size // 3, size)
    while gcd(step, size) > 1:
        step += 1
    place = (turn * step + rng.randrange(size)) % size
    middle, place = (-1, place) if small else divmod(place, firsts * blocks)
    return place // blocks, place % blocks, middle


def _names(rng: Random, kind: Kind, first: int, block: int, middle: int) -> list[str]:
    """Return five names that no other family of the world can have."""
    word = names(FIRST_WORD[kind.name])[first]
    between = "" if middle < 0 else names("brand")[middle] + " "
    match kind.name:
        case "product":
            a, b = rng.sample(range(10 + 10 * block, 20 + 10 * block), 2)
            one, two = rng.sample(SUFFIXES, 2)
            tails = [f"{a}", f"{a} {one}", f"{b}", f"{a} {two}", f"{b} {one}"]
        case "policy":
            tails = [
                f"{topic} Policy" for topic in rng.sample(TOPICS[4 * block : 4 * block + 4], 4)
            ]
            tails.append(f"{TOPICS[4 * block]} Code")
        case "person":
            given = names("given")[5 * block : 5 * block + 5]
            return [f"{name} {between}{word}" for name in given]
        case "incident":
            tails = [str(n) for n in rng.sample(range(10 + 10 * block, 20 + 10 * block), 5)]
        case _:
            tails = list(PLACES[5 * block : 5 * block + 5])
    return [f"{word} {between}{tail}" for tail in tails]
