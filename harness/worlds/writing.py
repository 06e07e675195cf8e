"""A thing to its document: a paragraph that states every fact of the thing, with variety."""

from dataclasses import dataclass
from random import Random

from harness.worlds.attributes import Attribute
from harness.worlds.entities import Entity
from harness.worlds.values import Value

POSSESSIVE = {"it": "its", "she": "her", "he": "his"}
CONTRASTS = (
    "Unlike {ghost}, which {other}, {s} {this}.",
    "{Ghost} {other}, but {s} {this}.",
    "{S} {this}, while {ghost} {other}.",
)
AGAIN = ("In short, {s} {p}.", "To repeat, {s} {p}.", "In other words, {s} {p}.")


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact as a document states it.

    Attributes:
        form: named, pronoun, joined, spread or contrast: the kind of sentence that states it.
        spans: The sentences that state it, as (first, last); a restated fact has two spans.
    """

    attribute: Attribute
    value: Value
    form: str
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Document:
    """One document: a title, sentences and the facts they state."""

    entity: Entity
    title: str
    sentences: tuple[str, ...]
    facts: tuple[Fact, ...]

    @property
    def text(self) -> str:
        """Return the sentences as one paragraph."""
        return " ".join(self.sentences)


def fill(template: str, entity: Entity, value: str = "", noun: str = "", **more: str) -> str:
    """Return the template with the thing's name, pronouns and the value put in."""
    if value[:1] in "aeiou":
        template = template.replace(" a {v}", " an {v}")
    it, its, subject = entity.pronoun, POSSESSIVE[entity.pronoun], entity.subject
    return template.format(
        s=subject, S=_capital(subject), bare=entity.name, v=value, noun=noun,
        it=it, It=_capital(it), its=its, Its=_capital(its), **more,
    )  # fmt: skip


def write(entity: Entity, rng: Random, *, named: float = 0.45) -> Document:
    """Return the document of a thing.

    Args:
        entity: What the document is about.
        rng: Where the wording comes from.
        named: The share of sentences that name the thing. At 1.0 every fact has a simple
            sentence of its own; lower, pronouns, joined facts, facts spread over two
            sentences and comparisons with a sister come in.
    """
    varied = 1.0 - named
    waiting = list(entity.values)
    rng.shuffle(waiting)
    sentences: list[str] = []
    facts: list[Fact] = []
    if rng.random() < 0.3:
        opening = [f for f in entity.kind.fillers if not f.startswith("{It}")]
        sentences.append(fill(rng.choice(opening), entity))
    while waiting:
        attribute, value = waiting.pop()
        start, draw = len(sentences), rng.random()
        pronoun = start > 0 and rng.random() < varied
        if waiting and draw < 0.4 * varied:
            other, second = waiting.pop()
            template = "{It} {p} and {q}." if pronoun else "{S} {p} and {q}."
            p, q = _predicate(rng, entity, attribute, value), _predicate(rng, entity, other, second)
            sentences.append(fill(template, entity, p=p, q=q))
            facts.append(Fact(other, second, "joined", ((start, start),)))
            form = "joined"
        elif draw < 0.6 * varied and start + len(waiting) < 8:
            template = rng.choice(attribute.spreads)
            if pronoun and template.startswith("{S}"):
                template = "{It}" + template[3:]
            first, _, last = fill(template, entity, value.text).partition(". ")
            sentences += [first + ".", last]
            form = "spread"
        elif draw < 0.75 * varied:
            sentences.append(_contrast(rng, entity, attribute, value))
            form = "contrast"
        else:
            sentences.append(_simple(rng, entity, attribute, value, pronoun=pronoun))
            form = "pronoun" if pronoun else "named"
        facts.append(Fact(attribute, value, form, ((start, len(sentences) - 1),)))
    if len(sentences) < 9 and rng.random() < 0.4:
        sentences.append(fill(rng.choice(entity.kind.fillers), entity))
    if len(sentences) < 10 and rng.random() < 0.4 * varied:
        facts[0] = _restated(rng, entity, facts[0], sentences)
    title = fill(entity.kind.title, entity)
    return Document(entity, title, tuple(sentences), tuple(facts))


def _predicate(rng: Random, entity: Entity, attribute: Attribute, value: Value) -> str:
    return fill(rng.choice(attribute.predicates), entity, value.text)


def _simple(
    rng: Random, entity: Entity, attribute: Attribute, value: Value, *, pronoun: bool
) -> str:
    """Return one sentence of one fact."""
    if pronoun:
        choices = [f"{{It}} {p}." for p in attribute.predicates]
        choices += ["{Its} {noun} is {v}."] * 2
    else:
        choices = [f"{{S}} {p}." for p in attribute.predicates]
        choices += ["The {noun} of {s} is {v}."] * 2 + list(attribute.sentences) * 2
    return fill(rng.choice(choices), entity, value.text, attribute.noun)


def _contrast(rng: Random, entity: Entity, attribute: Attribute, value: Value) -> str:
    """Return a sentence that also holds the same attribute of a sister, with another value."""
    while (other := attribute.draw(rng)).text == value.text:
        continue
    template = rng.choice(attribute.predicates)
    return fill(
        rng.choice(CONTRASTS), entity, value.text, ghost=entity.ghost, Ghost=_capital(entity.ghost),
        other=fill(template, entity, other.text), this=fill(template, entity, value.text),
    )  # fmt: skip


def _restated(rng: Random, entity: Entity, fact: Fact, sentences: list[str]) -> Fact:
    """Append a sentence that says a fact again and return the fact with both places."""
    p = _predicate(rng, entity, fact.attribute, fact.value)
    sentences.append(fill(rng.choice(AGAIN), entity, p=p))
    last = len(sentences) - 1
    return Fact(fact.attribute, fact.value, fact.form, (*fact.spans, (last, last)))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
