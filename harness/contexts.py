"""What an arm gets to read: one ranking per question, seen by each type of context."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from harness.types import Chunk, ContextType, Document, Hit, Question

UNRANKED = 0.0
"""Score of a passage that no retriever returned but the context type asks for."""


def passages(
    kind: ContextType,
    question: Question,
    ranking: Sequence[Hit],
    chunks: Mapping[str, Sequence[Chunk]],
    documents: Mapping[str, Document],
    k: int,
    *,
    threshold: float | None = None,
    characters: int = 1_000_000,
) -> tuple[Hit, ...] | None:
    """Return what a question's context holds, best first; None where the type does not apply.

    Whether it fits a model's window is for the arm to see. `external` arms read nothing of ours.

    Args:
        kind: The type of context.
        question: Its `gold` says which documents hold the answer.
        ranking: What the retriever found, best first; `retrieved` and `wrong` take their k of it.
        chunks: Every document's chunks in its order, by document id.
        documents: The corpus in its order, by document id.
        k: How many passages `retrieved` and `wrong` take; the other types take all.
        threshold: Least score of a passage that `retrieved` takes, on the retriever's own scale;
            where none reaches it there is nothing to read.
        characters: `whole` stops behind the document that reaches this length in total.

    Returns:
        `gold` is None where no document is gold. `wrong` is None where the answer stands
        somewhere and nobody says where: any passage might hold it.
    """
    if not applies(kind, question):
        return None
    gold = frozenset(question.gold)
    match kind:
        case "none" | "external":
            return ()
        case "retrieved":
            return tuple(h for h in ranking[:k] if threshold is None or h.score >= threshold)
        case "gold":
            return _gold(question.gold, ranking, chunks)
        case "wrong":
            return tuple(hit for hit in ranking if hit.chunk.document_id not in gold)[:k]
        case "whole":
            return tuple(_whole(ranking, documents, characters))


def applies(kind: ContextType, question: Question) -> bool:
    """Return whether an arm with this context can be asked the question at all.

    Gold documents must be known, to be read or to be kept out; where nothing holds the answer,
    every passage is a wrong one.
    """
    if kind == "gold":
        return bool(question.gold)
    return kind != "wrong" or bool(question.gold) or not question.answerable


def document_ranking(hits: Sequence[Hit]) -> tuple[str, ...]:
    """Return the documents of a ranking of chunks, each at the place of its first chunk.

    >>> a, b = Chunk("a", 0, 1, "x"), Chunk("b", 0, 1, "y")
    >>> document_ranking([Hit(b, 0.9), Hit(a, 0.8), Hit(b, 0.7)])
    ('b', 'a')
    """
    return tuple(dict.fromkeys(hit.chunk.document_id for hit in hits))


def _gold(
    gold: Sequence[str], ranking: Sequence[Hit], chunks: Mapping[str, Sequence[Chunk]]
) -> tuple[Hit, ...]:
    """Return all chunks of the gold documents: as ranked, then the rest in document order."""
    ranked = [hit for hit in ranking if hit.chunk.document_id in gold]
    seen = {hit.chunk.id for hit in ranked}
    rest = [chunk for id in dict.fromkeys(gold) for chunk in chunks.get(id, ())]
    return (*ranked, *(Hit(chunk, UNRANKED) for chunk in rest if chunk.id not in seen))


def _whole(
    ranking: Sequence[Hit], documents: Mapping[str, Document], characters: int
) -> Iterator[Hit]:
    """Yield whole documents: as ranked, then the rest in corpus order, up to a total length."""
    scores = {hit.chunk.document_id: hit.score for hit in reversed(ranking)}
    ranked = document_ranking(ranking)
    for id in chain(ranked, (id for id in documents if id not in scores)):
        if characters <= 0:
            return
        document = documents[id]
        text = document.text.strip()
        if text:
            start = document.text.index(text)
            chunk = Chunk(id, start, start + len(text), text, document.title)
            yield Hit(chunk, scores.get(id, UNRANKED))
            characters -= len(chunk.passage)
