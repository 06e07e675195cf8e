"""What metrics share that average one number between 0 and 1 per question."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np

from harness.stats import Numbers, ratio
from harness.types import Case, ContextType, Question, Stats


class Mean(ABC):
    """A mean over the answerable questions; a row is (value, 1), a failure (0, 1)."""

    unit = "share"
    higher_is_better = True

    def applies(self, question: Question, context: ContextType) -> bool:
        """Return whether there is a reference answer to compare with."""
        return question.answerable and bool(question.answers)

    def worst(self, question: Question) -> Stats | None:
        """Return a value of 0."""
        return (0.0, 1.0)

    def best(self, question: Question) -> Stats | None:
        """Return a value of 1."""
        return (1.0, 1.0)

    def measure(self, cases: Sequence[Case]) -> list[Stats | None]:
        """Return (value, 1) per case."""
        return [(self.value(case), 1.0) for case in cases]

    def reduce(self, sums: Numbers) -> Numbers:
        """Return the mean."""
        return ratio(sums)

    @abstractmethod
    def value(self, case: Case) -> float:
        """Return the number of one answer, in [0, 1]."""


class BestOfReferences(Mean):
    """A mean over questions of how near an answer comes to the reference nearest to it."""

    def measure(self, cases: Sequence[Case]) -> list[Stats | None]:
        """Return (value, 1) per case; all pairs of an answer and a reference at once."""
        pairs = [
            (i, case.prediction.text, reference)
            for i, case in enumerate(cases)
            for reference in case.question.answers
        ]
        compared = self.compare([said for _, said, _ in pairs], [r for _, _, r in pairs])
        best = np.zeros(len(cases))
        np.maximum.at(best, np.array([i for i, _, _ in pairs], int), compared)
        return [(value, 1.0) for value in best.tolist()]

    def value(self, case: Case) -> float:
        """Return the number of one answer, measured on its own."""
        [row] = self.measure([case])
        return row[0] if row else 0.0

    @abstractmethod
    def compare(self, said: Sequence[str], references: Sequence[str]) -> Sequence[float] | Numbers:
        """Return a number in [0, 1] for each answer beside its reference, in their order."""
