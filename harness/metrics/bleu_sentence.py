"""The mean of BLEU answer by answer, which is another number than BLEU of all answers."""

from collections.abc import Sequence

import numpy as np

from harness.metrics.bleu import VERSION, bleu, bleu_rows
from harness.stats import Numbers, ratio
from harness.types import Case, ContextType, Question, Stats


class SentenceBleu:
    """The mean over questions of the BLEU of one answer, 0 to 100; a row is (value, 1).

    Args:
        smoothed: As sacreBLEU's `sentence_bleu` does it: exponential smoothing, and orders for
            which the answer is too short left out. Otherwise the plain formula, by which an
            answer that shares no four words in a row with a reference scores 0; that is what
            the metric `bleu` of the package `evaluate` gives, there on a scale of 0 to 1.
    """

    unit = "points"
    higher_is_better = True

    def __init__(self, *, smoothed: bool) -> None:
        self._smoothed = smoothed
        name, settings = (
            ("exp", "eff:yes|tok:13a|smooth:exp")
            if smoothed
            else ("unsmoothed", "eff:no|tok:13a|smooth:none")
        )
        self.signature = (
            f"bleu_sentence_{name}|mean of answers|nrefs:var|case:mixed|{settings}|0 to 100|"
            f"{VERSION}"
        )

    def applies(self, question: Question, context: ContextType) -> bool:
        """Return whether there is a reference answer to compare with."""
        return question.answerable and bool(question.answers)

    def worst(self, question: Question) -> Stats | None:
        """Return a value of 0."""
        return (0.0, 1.0)

    def best(self, question: Question) -> Stats | None:
        """Return the value of the first reference, given as the answer."""
        return self._rows([question.answers[0]], [question.answers])[0]

    def measure(self, cases: Sequence[Case]) -> list[Stats | None]:
        """Return (value, 1) per case, against all references of a question at once."""
        said = [case.prediction.text for case in cases]
        return [*self._rows(said, [case.question.answers for case in cases])]

    def reduce(self, sums: Numbers) -> Numbers:
        """Return the mean."""
        return ratio(sums)

    def _rows(self, said: Sequence[str], references: Sequence[Sequence[str]]) -> list[Stats]:
        rows = np.array(bleu_rows(said, references))
        values = bleu(rows, smoothed=self._smoothed, effective=self._smoothed)
        return [(value, 1.0) for value in values.tolist()]


def smoothed() -> SentenceBleu:
    """Return the mean of smoothed BLEU."""
    return SentenceBleu(smoothed=True)


def unsmoothed() -> SentenceBleu:
    """Return the mean of unsmoothed BLEU."""
    return SentenceBleu(smoothed=False)
