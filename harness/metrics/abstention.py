"""Does an arm refuse where it should, and only there."""

from collections.abc import Sequence

import numpy as np

from harness.stats import Numbers, ratio
from harness.text.refusal import is_refusal
from harness.types import Case, ContextType, Question, Stats


class AbstentionPrecision:
    """Of the refused questions, the share that is unanswerable.

    A row is (right refusals, refusals, unanswerable, answerable). The number means something
    only where both kinds of question stand together, as in the split `all`: on questions of one
    kind it is undefined, as it is where nothing was refused. A failure counts as a refusal of
    an answerable question, whatever the question.
    """

    unit = "share"
    higher_is_better = True
    signature = "abstention_precision|needs answerable and unanswerable questions|refusal:patterns"

    def applies(self, question: Question, context: ContextType) -> bool:
        """Return True: any question can be refused."""
        return True

    def worst(self, question: Question) -> Stats | None:
        """Return the row of a wrong refusal."""
        return (0.0, 1.0, float(not question.answerable), float(question.answerable))

    def best(self, question: Question) -> Stats | None:
        """Return the row of a right refusal, or of a question that was rightly answered."""
        refused = float(not question.answerable)
        return (refused, refused, refused, 1.0 - refused)

    def measure(self, cases: Sequence[Case]) -> list[Stats | None]:
        """Return one row per case."""
        return [_row(case) for case in cases]

    def reduce(self, sums: Numbers) -> Numbers:
        """Return the share, NaN where there is no refusal or only one kind of question."""
        both = (sums[..., 2] > 0) & (sums[..., 3] > 0)
        return np.where(both, ratio(sums), np.nan)


class AbstentionRecall:
    """Of the unanswerable questions, the share that is refused; a failure is no refusal."""

    unit = "share"
    higher_is_better = True
    signature = "abstention_recall|refusal:patterns"

    def applies(self, question: Question, context: ContextType) -> bool:
        """Return whether the question is to be refused."""
        return not question.answerable

    def worst(self, question: Question) -> Stats | None:
        """Return the row of an answer that should have been a refusal."""
        return (0.0, 1.0)

    def best(self, question: Question) -> Stats | None:
        """Return the row of a refusal."""
        return (1.0, 1.0)

    def measure(self, cases: Sequence[Case]) -> list[Stats | None]:
        """Return (refused, 1) per case."""
        return [(float(is_refusal(case.prediction.text)), 1.0) for case in cases]

    def reduce(self, sums: Numbers) -> Numbers:
        """Return the share."""
        return ratio(sums)


def _row(case: Case) -> Stats:
    refused, unanswerable = is_refusal(case.prediction.text), not case.question.answerable
    return tuple(map(float, (refused and unanswerable, refused, unanswerable, not unanswerable)))
