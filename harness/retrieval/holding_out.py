"""What an index may hold: the answers of some splits can be kept out of it."""

from collections.abc import Sequence
from typing import Literal

from harness.types import Chunk, Question


def known(questions: Sequence[Question], without: Sequence[str]) -> tuple[Question, ...]:
    """Return the questions that are not of the splits held out (`test` is every test split).

    >>> [q.id for q in known([Question("a", "?", (), split="test-new")], ["test"])]
    []
    """
    return tuple(q for q in questions if not q.split.startswith(tuple(without)))


def findable(
    chunks: Sequence[Chunk],
    questions: Sequence[Question],
    without: Sequence[str],
    match: Literal["passages", "questions"],
) -> tuple[Chunk, ...]:
    """Return the passages that can be found, in their order.

    Of passages: all but those that are gold for held-out questions alone. A document that a
    training question has as gold stays, since training shows it too. Of questions: those that
    are gold for a known one.

    Args:
        chunks: The corpus in passages.
        questions: All questions of the set.
        without: The splits held out.
        match: What a question is compared with.
    """
    kept = {gold for question in known(questions, without) for gold in question.gold}
    if match == "questions":
        return tuple(chunk for chunk in chunks if chunk.document_id in kept)
    held_out = {gold for question in questions for gold in question.gold} - kept
    return tuple(chunk for chunk in chunks if chunk.document_id not in held_out)
