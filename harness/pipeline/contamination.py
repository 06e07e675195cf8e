"""Training text that gives away test questions: shared words in a row, or the same meaning."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from harness.data.tokens import tokens
from harness.pipeline.record import Dropped, Outcome, Record
from harness.protocols import Embedder, Vectors

SHORTEST = 4
"""Words below which a question is looked for among questions only: "who sang it" is anywhere."""


@dataclass(frozen=True)
class Held:
    """The dev and test questions that must not be in the output."""

    questions: tuple[tuple[str, str], ...]
    """(id, text) of each."""
    overlap: int
    """Words in a row that count as the question; all of a shorter one."""

    @cached_property
    def _starts(self) -> dict[tuple[str, ...], dict[tuple[str, ...], str]]:
        """The first words of every run to look for, then the whole run, to the question's id."""
        found: dict[tuple[str, ...], dict[tuple[str, ...], str]] = {}
        for identity, text in self.questions:
            words = tokens(text)
            size = min(len(words), self.overlap)
            if size >= SHORTEST:
                for start in range(len(words) - size + 1):
                    run = words[start : start + size]
                    found.setdefault(run[:SHORTEST], {}).setdefault(run, identity)
        return found

    @cached_property
    def _exact(self) -> dict[tuple[str, ...], str]:
        return {tokens(text): identity for identity, text in reversed(self.questions)}

    def asked_by(self, record: Record) -> str:
        """Return the id of a question that the record gives away; empty where there is none."""
        if record.question and (same := self._exact.get(tokens(record.question))):
            return same
        words = tokens(record.whole)
        starts = self._starts
        heads = zip(*(words[n:] for n in range(SHORTEST)), strict=False)
        if starts.keys().isdisjoint(heads):
            return ""
        for n in range(len(words) - SHORTEST + 1):
            for run, identity in starts.get(words[n : n + SHORTEST], {}).items():
                if words[n : n + len(run)] == run:
                    return identity
        return ""


def without_held(records: list[Record], held: Held) -> Outcome:
    """Drop every record in which a dev or test question stands, by its words."""
    kept: list[Record] = []
    dropped: list[Dropped] = []
    for record in records if held.questions else ():
        if identity := held.asked_by(record):
            dropped.append(Dropped(record, "contaminated", f"test question {identity}"))
        else:
            kept.append(record)
    return (kept, dropped) if held.questions else (records, [])


def without_similar(
    records: list[Record], held: Held, vectors: Vectors, embedder: Embedder, threshold: float
) -> Outcome:
    """Drop pairs whose question means what a dev or test question means.

    Args:
        records: Documents among them pass: a document may well hold what a question asks.
        held: The dev and test questions.
        vectors: Their embeddings, in that order.
        embedder: What made those.
        threshold: Least cosine.
    """
    asked = [record for record in records if record.question]
    if not asked or not len(vectors):
        return records, []
    cosines = embedder.embed([record.question for record in asked]) @ vectors.T
    found: dict[int, Dropped] = {}
    for record, row in zip(asked, cosines, strict=True):
        best = int(row.argmax())
        if row[best] >= threshold:
            detail = f"test question {held.questions[best][0]}, cosine {row[best]:.2f}"
            found[id(record)] = Dropped(record, "contaminated in meaning", detail)
    return [record for record in records if id(record) not in found], list(found.values())


def embedded(held: Held, embedder: Embedder) -> Vectors:
    """Return the embeddings of the held questions."""
    texts: Sequence[str] = [text for _, text in held.questions]
    return embedder.embed(texts)
