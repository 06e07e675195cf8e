"""Floors: answers that know nothing or the wrong thing, scored like any arm.

A number means little until one knows what no knowledge scores. Each floor is a pseudo-arm
`floor:<name>` of predictions without a model.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain, islice

from harness.types import Prediction, Question

MAJORITY = "floor:majority"
SWAPPED_VALUE = "floor:swapped-value"
NEAREST_TRAINING_ANSWER = "floor:nearest-training-answer"

BLOCK = 512
"""Test questions compared with all training questions at a time, to bound the memory."""


def majority(train: Sequence[Question], test: Sequence[Question], by: str = "") -> list[Prediction]:
    """Return the most frequent value of the training questions as the answer to every question.

    With `by`, a field of `meta`, the most frequent among the questions that agree in it, or
    among all where no training question does. Ties go to the value that sorts first. Without
    an answerable training question there is no such floor.
    """
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for question in train:
        if value := _value(question):
            counts[""][value] += 1
            if by and (group := question.meta.get(by)):
                counts[group][value] += 1
    if not counts:
        return []
    best = {group: min(c, key=lambda value: (-c[value], value)) for group, c in counts.items()}
    return [
        _prediction(MAJORITY, q, best.get(q.meta.get(by, "") if by else "", best[""])) for q in test
    ]


def swapped_value(test: Sequence[Question], by: str = "") -> list[Prediction]:
    """Return each question's reference sentence with another question's value put in.

    The value comes from the next question, in the order of ids and round again, that agrees in
    `by` (a field of `meta`; all agree where it is empty) and has another value. A question has
    no such answer, and no row, where its reference does not hold its value literally, where it
    has not exactly one value, or where nobody else has a different one.
    """
    groups: defaultdict[str, list[Question]] = defaultdict(list)
    for question in sorted(test, key=lambda q: q.id):
        if len(question.values) == 1:
            groups[question.meta.get(by, "") if by else ""].append(question)
    swapped: dict[str, str] = {}
    for members in groups.values():
        for i, question in enumerate(members):
            others = chain(islice(members, i + 1, None), islice(members, i))
            if text := _swap(question, others):
                swapped[question.id] = text
    return [_prediction(SWAPPED_VALUE, q, swapped[q.id]) for q in test if q.id in swapped]


def nearest_training_answer(
    train: Sequence[Question], test: Sequence[Question]
) -> list[Prediction]:
    """Return the first reference of the training question nearest in TF-IDF, ties to the first.

    Without an answerable training question there is no such floor.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    known = [question for question in train if question.answers]
    if not known or not test:
        return []
    tfidf = TfidfVectorizer(token_pattern=r"(?u)\b\w+\b")
    rows = tfidf.fit_transform([question.text for question in known])
    asked = tfidf.transform([q.text for q in test])
    nearest = [
        int(i)
        for start in range(0, len(test), BLOCK)
        for i in (asked[start : start + BLOCK] @ rows.T).toarray().argmax(axis=1)
    ]
    return [
        _prediction(NEAREST_TRAINING_ANSWER, q, known[i].answers[0])
        for q, i in zip(test, nearest, strict=True)
    ]


def _value(question: Question) -> str:
    """Return what makes an answer right, as text: first aliases, else `short`, else a reference."""
    if question.values:
        return " and ".join(group[0] for group in question.values)
    return question.meta.get("short", "") or next(iter(question.answers), "")


def _swap(question: Question, others: Iterable[Question]) -> str:
    """Return a reference with the value of the first other question that has another one."""
    [aliases] = question.values
    found = next(((r, a) for r in question.answers for a in aliases if a and a in r), None)
    known = {alias.casefold() for alias in aliases}
    other = next((o for [(o, *_)] in (q.values for q in others) if o.casefold() not in known), None)
    if found is None or other is None:
        return ""
    reference, alias = found
    return reference.replace(alias, other)


def _prediction(arm: str, question: Question, text: str) -> Prediction:
    return Prediction(arm, 0, question.split, question.id, text)
