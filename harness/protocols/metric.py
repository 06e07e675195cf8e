"""Answers to numbers."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from harness.types import Case, ContextType, Question, Stats

Numbers = NDArray[np.float64]


class Metric(Protocol):
    """Turns cases into rows of statistics, and summed rows into one number."""

    @property
    def unit(self) -> str:
        """`share` (0 to 1), `points` (0 to 100) or the unit itself."""
        ...

    @property
    def higher_is_better(self) -> bool:
        """The direction in which arms are ranked."""
        ...

    @property
    def signature(self) -> str:
        """The settings that make the number, library versions included."""
        ...

    def applies(self, question: Question, context: ContextType) -> bool:
        """Return whether the metric means something here; it never looks at an answer."""
        ...

    def worst(self, question: Question) -> Stats | None:
        """Return the row of a failed answer; None where a failure has no such number (usage)."""
        ...

    def best(self, question: Question) -> Stats | None:
        """Return the row of a perfect answer; None where there is no such number.

        With `worst` it bounds what unmeasured answers could have made of the value.
        """
        ...

    def measure(self, cases: Sequence[Case]) -> list[Stats | None]:
        """Return one row per case, all of one length; None where it could not be measured.

        That is: usage was not reported, or a judge gave no verdict. Every case applies and none
        has failed.
        """
        ...

    def reduce(self, sums: Numbers) -> Numbers:
        """Return the number for summed rows: shape (..., d) to (...), NaN where it is 0/0."""
        ...
