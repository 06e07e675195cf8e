"""A document and its role to question rows: which split asks what, in which wording."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from harness.worlds.attributes import Attribute
from harness.worlds.styles import HOUSE, styled
from harness.worlds.writing import Document, Fact, fill

# 25 documents: 15 are trained on, 7 (28 %) are test-new, 2 dev-new, 1 is only there to be read.
ROLES = "train new train train new train dev train new train train train new train quiet train"
ROLES += " new train train new train dev train train new"
TRAIN_WORDINGS = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """One question row before it becomes JSON; `fact` is absent where nothing answers it."""

    id: str
    question: str
    split: str
    document: Document
    document_id: str
    attribute: Attribute
    fact: Fact | None
    form: str

    def row(self) -> dict[str, object]:
        """Return the row of questions.jsonl."""
        entity, answers, values = self.document.entity, list[str](), list[object]()
        if self.fact:
            value = self.fact.value
            answers = [styled(HOUSE, entity, self.fact)]
            values = [[value.text, *value.aliases] if value.aliases else value.text]
        return {
            "id": self.id,
            "question": self.question,
            "answers": answers,
            "values": values,
            "gold": [self.document_id] if self.fact else [],
            "answerable": self.fact is not None,
            "split": self.split,
            "kind": entity.kind.name,
            "attribute": self.attribute.noun,
            "entity": entity.name,
            "form": self.form,
            "about": self.document_id,
        }


def role_of(index: int) -> str:
    """Return what the document with this index is for: train, new, dev or quiet."""
    roles = ROLES.split()
    return roles[index % len(roles)]


def questions(
    seed: int, index: int, document_id: str, document: Document, *, role: str
) -> Iterator[Asked]:
    """Yield the questions about one document, in an order that depends on nothing else.

    A trained fact has three wordings in train; a fourth is held out for the first fact
    (test-seen) and, in every other document, for the second (dev-seen).
    """
    rng = Random(f"{seed}/{index}/questions")
    ask = _Asker(rng, document_id, document)
    facts = {fact.attribute.noun: fact for fact in document.facts}
    # The thing's own order, not the document's: a changed document asks the same.
    ordered = [facts[attribute.noun] for attribute, _ in document.entity.values]
    match role:
        case "train":
            for place, fact in enumerate(ordered[: 3 if index % 6 == 0 else 2]):
                wordings = ask.wordings(fact.attribute)
                held_out = {0: "test-seen", 1: "dev-seen" if index % 2 else ""}.get(place, "")
                splits = ["train"] * TRAIN_WORDINGS + ([held_out] if held_out else [])
                for (number, wording), split in zip(wordings, splits, strict=False):
                    yield ask.fact(fact, number, wording, split)
            if index % 4 == 0:
                yield ask.absent("train")
        case "new":
            for fact in ordered[:2]:
                number, wording = ask.wordings(fact.attribute)[0]
                yield ask.fact(fact, number, wording, "test-new")
            yield ask.absent("test-unanswerable")
            yield ask.phantom(ordered[0].attribute, "test-unanswerable")
        case "dev":
            for fact in ordered[:3]:
                number, wording = ask.wordings(fact.attribute)[0]
                yield ask.fact(fact, number, wording, "dev-new")
        case _:
            return


@dataclass(frozen=True, slots=True)
class _Asker:
    rng: Random
    document_id: str
    document: Document

    def wordings(self, attribute: Attribute) -> list[tuple[int, str]]:
        """Return (number, wording) in random order."""
        numbered = list(enumerate(attribute.wordings()))
        self.rng.shuffle(numbered)
        return numbered

    def fact(self, fact: Fact, number: int, wording: str, split: str) -> Asked:
        return self._asked(fact.attribute, number, wording, split, fact, fact.form)

    def absent(self, split: str) -> Asked:
        """Ask for something that the document does not state."""
        attribute = self.rng.choice(self.document.entity.absent())
        number, wording = self.wordings(attribute)[0]
        return self._asked(attribute, number, wording, split, None, "absent")

    def phantom(self, attribute: Attribute, split: str) -> Asked:
        """Ask about a sister that does not exist."""
        name = self.document.entity.phantom
        number, wording = self.wordings(attribute)[0]
        question = wording.format(s=name, S=name[:1].upper() + name[1:])
        return self._asked(attribute, number, question, split, None, "phantom")

    def _asked(
        self,
        attribute: Attribute,
        number: int,
        wording: str,
        split: str,
        fact: Fact | None,
        form: str,
    ) -> Asked:
        tail = f"{attribute.noun.replace(' ', '-')}-{number}"
        return Asked(
            id=f"{self.document_id}-{form + '-' if fact is None else ''}{tail}",
            question=fill(wording, self.document.entity),
            split=split,
            document=self.document,
            document_id=self.document_id,
            attribute=attribute,
            fact=fact,
            form=form,
        )
