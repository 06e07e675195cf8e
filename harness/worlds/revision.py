"""What changes between two versions of a world: values, new documents, withdrawn documents."""

from dataclasses import dataclass, replace
from random import Random

from harness.worlds.attributes import Attribute
from harness.worlds.entities import Entity
from harness.worlds.values import Value


@dataclass(frozen=True, slots=True)
class Changed:
    """One fact with its value before and after."""

    attribute: Attribute
    old: Value
    new: Value


def withdrawn(index: int) -> bool:
    """Return whether the newer version lacks the document with this index: one in fourteen."""
    return index % 14 == 5


def added(documents: int) -> int:
    """Return how many documents the newer version has that the older one lacks."""
    return -(-documents * 3 // 28)


def revise(seed: int, index: int, entity: Entity) -> tuple[Entity, tuple[Changed, ...]]:
    """Return a thing as the newer version has it; one in three has two new values.

    The changed facts are the thing's first two, which are the ones that are asked.
    """
    if index % 3 != 1 or withdrawn(index):
        return entity, ()
    rng = Random(f"{seed}/{index}/revision")
    changes = tuple(_change(rng, attribute, old) for attribute, old in entity.values[:2])
    values = tuple((change.attribute, change.new) for change in changes)
    return replace(entity, values=(*values, *entity.values[2:])), changes


def _change(rng: Random, attribute: Attribute, old: Value) -> Changed:
    while (new := attribute.draw(rng)).text == old.text:
        continue
    return Changed(attribute, old, new)
