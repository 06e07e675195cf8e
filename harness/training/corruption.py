"""Wrong training answers, on purpose: what noise in the training data does."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, islice
from random import Random

from harness.errors import DataError
from harness.training.subset import is_pair
from harness.types import Question

LIKE = ("kind", "attribute")
"""Fields of a question that say what is asked for; those that are absent do not count."""


def corrupted(questions: Sequence[Question], share: float, *, seed: int) -> tuple[Question, ...]:
    """Return the questions, a share of the pairs with the answers of another question.

    The other one asks for the same attribute of another thing where there is such a question, so
    that the answer is of the right kind and wrong. It never has the same answer or value. Only the
    answers change: passages are chosen by the value that is right. Who is hit depends on ids and
    seed alone, and a larger share hits the same ones and more.

    Args:
        questions: Training questions.
        share: 0 to 1, of those with an answer; rounded to whole questions.
        seed: Decides who is hit, and whose answers take the place.

    Raises:
        DataError: A question is to be hit and no other has another answer.
    """
    pairs = [question for question in questions if is_pair(question)]
    order = sorted(pairs, key=lambda q: (Random(f"corrupted {seed} {q.id}").random(), q.id))
    hit = {question.id for question in order[: round(share * len(pairs))]}
    alike: defaultdict[tuple[str, ...], list[Question]] = defaultdict(list)
    for question in pairs:
        alike[_kind(question)].append(question)
    return tuple(
        _with_answers_of_another(q, alike[_kind(q)], pairs, seed) if q.id in hit else q
        for q in questions
    )


def _kind(question: Question) -> tuple[str, ...]:
    return tuple(question.meta.get(name, "") for name in LIKE)


def _with_answers_of_another(
    question: Question, alike: Sequence[Question], pairs: Sequence[Question], seed: int
) -> Question:
    rng = Random(f"other {seed} {question.id}")
    for group in (alike, pairs):
        start = rng.randrange(len(group))
        others = chain(islice(group, start, None), islice(group, start))
        found = next((other for other in others if _differs(question, other)), None)
        if found is not None:
            return replace(question, answers=found.answers)
    raise DataError(
        f"question {question.id!r} cannot be corrupted: every training question has its answer; "
        "leave corrupted_share out"
    )


def _differs(question: Question, other: Question) -> bool:
    """Return whether the other question's answer is wrong here.

    Where values are not known, what asks about the same document may have the same answer.
    """
    ours = {alias.casefold() for group in question.values for alias in group}
    theirs = {alias.casefold() for group in other.values for alias in group}
    same = {a.casefold() for a in question.answers} & {a.casefold() for a in other.answers}
    if not (ours and theirs) and set(question.gold) & set(other.gold):
        return False
    return not same and not ours & theirs
