"""Test questions that training gives away: the same answer, or nearly the same question."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal

from harness.data.tokens import tokens
from harness.types import Question

NEAR = 0.8
"""Share of all words of two questions that both have, from which they count as one."""
MOST = 100
"""How many training questions with the same answer are looked at for the closest one."""


@dataclass(frozen=True, slots=True)
class Leak:
    """One test question and the training question that comes closest to it."""

    kind: Literal["same answer", "near-duplicate question"]
    split: str
    test: str
    train: str
    similarity: float
    """Jaccard similarity of the two questions' words, in [0, 1]."""
    others: int
    """How many further training questions would make the same row."""
    text: str
    """The answer, or the training question."""


def leaks(questions: Sequence[Question]) -> tuple[Leak, ...]:
    """Return at most one row of each kind for every test question, in file order.

    In `test-seen` the same answer is what the split is for; in `test-new` it is chance, or a
    document that stands in the corpus twice.
    """
    train = [q for q in questions if q.split == "train"]
    test = [q for q in questions if q.split.startswith("test")]
    return (*_same_answers(train, test), *_near_duplicates(train, test))


def jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    """Return the share of all members that both sets have, in [0, 1]; 0 for two empty ones."""
    return len(a & b) / len(a | b) if a | b else 0.0


def _same_answers(train: Sequence[Question], test: Sequence[Question]) -> Iterator[Leak]:
    asked: defaultdict[tuple[str, ...], list[Question]] = defaultdict(list)
    for question in train:
        for said in {tokens(answer) for answer in question.answers}:
            asked[said].append(question)
    for question in test:
        words = frozenset(tokens(question.text))
        for answer in question.answers:
            if same := asked.get(tokens(answer)):
                near = [jaccard(words, frozenset(tokens(q.text))) for q in same[:MOST]]
                best = max(range(len(near)), key=near.__getitem__)
                yield Leak(
                    "same answer", question.split, question.id, same[best].id,
                    near[best], len(same) - 1, answer,
                )  # fmt: skip
                break


def _near_duplicates(train: Sequence[Question], test: Sequence[Question]) -> Iterator[Leak]:
    """Yield the pairs whose similarity is at least `NEAR`.

    Exact, and far from quadratic: two sets that similar share one of their rarest words, of
    which only a fifth of each set must be indexed (prefix filter, Bayardo et al. 2007, sec. 3).
    """
    words = {q.id: frozenset(tokens(q.text)) for q in (*train, *test)}
    frequency = Counter(word for found in words.values() for word in found)

    def prefix(found: frozenset[str]) -> list[str]:
        rarest = sorted(found, key=lambda word: (frequency[word], word))
        return rarest[: len(found) - ceil(NEAR * len(found)) + 1]

    index: defaultdict[str, list[Question]] = defaultdict(list)
    for question in train:
        for word in prefix(words[question.id]):
            index[word].append(question)
    for question in test:
        mine = words[question.id]
        candidates = {q.id: q for word in prefix(mine) for q in index.get(word, ())}
        close = [
            (similarity, q)
            for q in candidates.values()
            if NEAR * len(mine) <= len(words[q.id]) <= len(mine) / NEAR
            and (similarity := jaccard(mine, words[q.id])) >= NEAR
        ]
        if close:
            similarity, best = max(close, key=lambda pair: (pair[0], pair[1].id))
            yield Leak(
                "near-duplicate question", question.split, question.id, best.id,
                similarity, len(close) - 1, best.text,
            )  # fmt: skip
