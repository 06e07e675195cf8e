"""What metrics share that average one number between 0 and 1 per question."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

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

    def measure(self, cases: Sequence[Case]) -> list[Stats | None]:
        """Return (value, 1) per case."""
        return [(self.value(case), 1.0) for case in cases]

    def reduce(self, sums: Numbers) -> Numbers:
        """Return the mean."""
        return ratio(sums)

    @abstractmethod
    def value(self, case: Case) -> float:
        """Return the number of one answer, in [0, 1]."""
