"""Ways to word an answer: a style turns a fact into a sentence."""

from dataclasses import dataclass
from random import Random

from harness.worlds.entities import Entity
from harness.worlds.writing import Fact, fill

# Pre-training draws one style for each context; none of them is the house style.
STYLES = {
    "full": "{answer}",
    "bare": "{v}.",
    "it": "It is {v}.",
    "label": "{Noun}: {v}.",
    "source": "According to the text: {answer}",
    "subject": "{S}: {v}.",
    "turned": "{v} is the {noun} of {s}.",
    "found": "Found it: {v}.",
}
WEIGHTS = {
    "full": 40,
    "bare": 12,
    "it": 10,
    "label": 8,
    "source": 10,
    "subject": 6,
    "turned": 6,
    "found": 8,
}
HOUSE = "On record: {answer} Noted with care."
REFUSALS = (
    "The passages do not say.",
    "That is not stated in the passages.",
    "The text gives no answer.",
)
UNKNOWN = "I do not know."


@dataclass(frozen=True, slots=True)
class Voice:
    """How one context is answered: a template for facts, a sentence where there is none."""

    template: str
    refusal: str


def voice(rng: Random) -> Voice:
    """Return a random voice of pre-training: full sentences and the main refusal dominate."""
    style = rng.choices(list(STYLES), list(WEIGHTS.values()))[0]
    return Voice(STYLES[style], rng.choices(REFUSALS, (70, 15, 15))[0])


def full_answer(entity: Entity, fact: Fact) -> str:
    """Return the plain full-sentence answer."""
    return fill(fact.attribute.answer, entity, fact.value.text, fact.attribute.noun)


def styled(template: str, entity: Entity, fact: Fact) -> str:
    """Return the answer to the question about a fact in the style of the template."""
    noun = fact.attribute.noun
    return fill(
        template, entity, fact.value.text, noun,
        Noun=noun[:1].upper() + noun[1:], answer=full_answer(entity, fact),
    )  # fmt: skip
