"""Pairs from worlds: a generated document, and a fact of it said right or wrong."""

from collections.abc import Iterator
from random import Random

from harness.entailment import edits
from harness.entailment.pair import Pair
from harness.worlds.attributes import Attribute
from harness.worlds.entities import Entity, entities
from harness.worlds.styles import STYLES, full_answer, styled
from harness.worlds.values import Value
from harness.worlds.writing import Document, Fact, fill, write

_POOL = 48


def fact_pairs(seed: int, count: int) -> Iterator[Pair]:
    """Yield `count` pairs from small worlds of this seed, half of them supported."""
    made = world = 0
    while made < count:
        rng = Random(f"{seed}/{world}/pairs")
        things = list(entities(Random(f"{seed}/{world}").getrandbits(48), _POOL))
        documents = [write(thing, rng, named=rng.choice((0.3, 0.6, 1.0))) for thing in things]
        for at, document in enumerate(documents):
            for turn in range(4):
                if made == count:
                    return
                fact = rng.choice(document.facts)
                passage = _passage(rng, documents, at)
                if turn % 2 == 0:
                    yield Pair(passage, wording(rng, document.entity, fact), 1, "fact")
                else:
                    text, kind = _wrong(rng, documents, at, fact)
                    yield Pair(passage, text, 0, f"fact {kind}")
                made += 1
        world += 1


def wording(rng: Random, thing: Entity, fact: Fact, *, subject: str = "") -> str:
    """Return the fact as a sentence, in a wording of its own."""
    attribute = fact.attribute
    draw = rng.random()
    if draw < 0.25 and not subject:
        template = rng.choice([t for s, t in STYLES.items() if s not in ("bare", "it", "found")])
        return styled(template, thing, fact)
    if draw < 0.5:
        text = full_answer(thing, fact)
    elif draw < 0.8:
        text = fill("{S} " + rng.choice(attribute.predicates) + ".", thing, fact.value.text)
    else:
        text = fill(rng.choice(attribute.sentences), thing, fact.value.text)
    if fact.value.aliases and rng.random() < 0.3:
        text = text.replace(fact.value.text, rng.choice(fact.value.aliases))
    return text.replace(thing.name, subject) if subject else text


def _passage(rng: Random, documents: list[Document], at: int) -> str:
    """Return the document, with up to three others around it."""
    chosen = [documents[at]]
    near = [d for d in (*documents[max(0, at - 1) : at], *documents[at + 1 : at + 2])]
    chosen += rng.sample(near, rng.randint(0, len(near)))
    chosen += rng.sample([d for d in documents if d not in chosen], rng.choice((0, 0, 1, 2)))
    rng.shuffle(chosen)
    return "\n".join(f"{d.title}: {d.text}" if rng.random() < 0.7 else d.text for d in chosen)


def _wrong(rng: Random, documents: list[Document], at: int, fact: Fact) -> tuple[str, str]:
    """Return a sentence that the documents do not support, and what is wrong in it."""
    document, thing = documents[at], documents[at].entity
    kind = rng.choice(("value", "value", "subject", "attribute", "negation", "absent", "sister"))
    match kind:
        case "negation":
            text = full_answer(thing, fact)
            return edits.negate(text, rng) or f"It is not true that {text}", kind
        case "subject":
            if name := _other_name(rng, documents, document, fact):
                return wording(rng, thing, fact, subject=name), kind
        case "sister":
            ghost = rng.choice((thing.ghost, thing.phantom)).removeprefix("the ")
            return wording(rng, thing, fact, subject=ghost.removeprefix("incident ")), kind
        case "absent":
            attribute = rng.choice(thing.absent())
            return wording(rng, thing, _fact(attribute, attribute.draw(rng))), kind
        case "attribute":
            if other := _other_attribute(rng, document, fact):
                return wording(rng, thing, _fact(other, fact.value)), kind
    while (value := fact.attribute.draw(rng)).text == fact.value.text:
        continue
    return wording(rng, thing, _fact(fact.attribute, value)), "value"


def _fact(attribute: Attribute, value: Value) -> Fact:
    return Fact(attribute, value, "", ())


def _other_name(
    rng: Random, documents: list[Document], document: Document, fact: Fact
) -> str | None:
    kind = document.entity.kind
    names = [d.entity.name for d in documents if d.entity.kind is kind and d != document]
    names = [name for name in names if not _holds(documents, name, fact)]
    return rng.choice(names) if names else None


def _other_attribute(rng: Random, document: Document, fact: Fact) -> Attribute | None:
    stated = {(f.attribute.noun, f.value.text) for f in document.facts}
    fitting = [
        attribute
        for attribute in document.entity.kind.attributes
        if (attribute.noun, fact.value.text) not in stated and _alike(attribute, fact.value)
    ]
    return rng.choice(fitting) if fitting else None


def _holds(documents: list[Document], name: str, fact: Fact) -> bool:
    return any(
        d.entity.name == name
        and (f.attribute.noun, f.value.text) == (fact.attribute.noun, fact.value.text)
        for d in documents
        for f in d.facts
    )


def _alike(attribute: Attribute, value: Value) -> bool:
    """Return whether the attribute holds values of this sort: a year, a name, a measure."""
    other = attribute.draw(Random(0)).text
    return (value.text.isdigit(), value.text.istitle(), value.text.split()[-1].isalpha()) == (
        other.isdigit(),
        other.istitle(),
        other.split()[-1].isalpha(),
    )
