"""Which questions stand or fall together."""

from collections.abc import Sequence

import numpy as np

from harness.stats.sums import Labels
from harness.types import Question


def clusters(questions: Sequence[Question]) -> Labels:
    """Return a label per question, 0 upwards: equal where gold documents connect two questions.

    Connected is transitive: a and c are together when a shares a document with b and b with c.
    A question without gold documents is a cluster of its own.
    """
    parent = list(range(len(questions)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    first: dict[str, int] = {}
    for i, question in enumerate(questions):
        for document in question.gold:
            a, b = root(first.setdefault(document, i)), root(i)
            parent[max(a, b)] = min(a, b)
    labels: dict[int, int] = {}
    return np.array([labels.setdefault(root(i), len(labels)) for i in range(len(questions))], int)
