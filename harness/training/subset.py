"""A part of the training questions: one point of a learning curve."""

from collections.abc import Sequence
from random import Random

from harness.errors import ConfigError
from harness.types import Question


def is_pair(question: Question) -> bool:
    """Return whether a question comes with an answer to learn."""
    return question.answerable and bool(question.answers)


def subset(
    questions: Sequence[Question], rows: int | None, where: str, *, seed: int
) -> tuple[Question, ...]:
    """Return so many question-answer pairs, in file order; None is all of them.

    The draw depends on ids and seed alone, and more rows are the same ones and further ones: the
    points of a learning curve differ by what is added. Questions that are not answerable are no
    pairs and stay, since training on passages takes of them in proportion to its pairs.

    Raises:
        ConfigError: There are fewer pairs than asked for.
    """
    if rows is None:
        return tuple(questions)
    pairs = [question for question in questions if is_pair(question)]
    if rows > len(pairs):
        raise ConfigError(
            f"{where}.rows: {rows}, but there are {len(pairs)} training questions with an answer; "
            "lower rows, or leave it out to train on all"
        )
    drawn = sorted(pairs, key=lambda q: (Random(f"rows {seed} {q.id}").random(), q.id))
    kept = {question.id for question in drawn[:rows]}
    return tuple(q for q in questions if q.id in kept or not is_pair(q))


def covered(
    dev: Sequence[Question], every: Sequence[Question], kept: Sequence[Question]
) -> tuple[Question, ...]:
    """Return the development questions whose facts a part of the training questions asks for.

    Weights that must know facts stop early by what they were taught: the loss on other facts
    rises as soon as anything is learned, and would end the training of a small part at once. A
    fact is the gold documents with the values of an answer, or the documents alone where no
    training question of the whole set has both. Where none is left, all are returned.

    Args:
        dev: What early stopping would watch after training on all.
        every: All training questions.
        kept: Those that are trained on.
    """
    facts, documents = {_fact(q) for q in kept}, {gold for q in kept for gold in q.gold}
    known = {_fact(q) for q in every}
    found = tuple(
        q for q in dev if _fact(q) in facts or (_fact(q) not in known and documents & set(q.gold))
    )
    return found or tuple(dev)


def _fact(question: Question) -> tuple[object, ...]:
    return question.gold, question.values
