"""One attribute of one kind of thing: what it holds and how people put it."""

from dataclasses import dataclass

from harness.worlds.values import Draw


@dataclass(frozen=True, slots=True)
class Attribute:
    """A row of a kind's table. Templates use {v} for the value, {s} and {S} for the subject.

    Attributes:
        noun: The attribute as a noun; also its name.
        draw: Where values come from.
        predicates: Verb phrases whose subject is the thing: "weighs {v}".
        sentences: Whole sentences, mostly with another subject: "{V} makes {s}."
        spreads: Two sentences, the second of which holds the value and not the subject.
        questions: Wordings of its own; two general ones are added to every attribute.
        answer: The full-sentence answer.
    """

    noun: str
    draw: Draw
    predicates: tuple[str, ...]
    sentences: tuple[str, ...]
    spreads: tuple[str, ...]
    questions: tuple[str, ...]
    answer: str = "The {noun} of {s} is {v}."

    def wordings(self) -> tuple[str, ...]:
        """Return every wording of the question, at least four."""
        general = ("What is the {noun} of {s}?", "Please tell me the {noun} of {s}.")
        return tuple(w.replace("{noun}", self.noun) for w in (*self.questions, *general))


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of thing.

    Attributes:
        name: product, policy, person, incident or site.
        title: The title of its documents, with {s}.
        attributes: Its table.
        fillers: Sentences that state no fact, with {S} and {It}.
    """

    name: str
    title: str
    attributes: tuple[Attribute, ...]
    fillers: tuple[str, ...]
