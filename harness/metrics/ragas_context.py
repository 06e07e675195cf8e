"""Ragas on the passages that an arm has read, with the first reference answer as the truth."""

from collections.abc import Mapping
from typing import Any

from harness.metrics.ragas_metric import RagasMetric
from harness.protocols import Judge
from harness.types import Case, ContextType, Question, Stats


class _OfPassages(RagasMetric):
    """What applies to passages that were retrieved; unmeasured where an external arm told none."""

    def __init__(self, judge: Judge) -> None:
        super().__init__(judge)

    def applies(self, question: Question, context: ContextType) -> bool:
        """Return whether passages were retrieved and there is a reference."""
        return context in ("retrieved", "external") and super().applies(question, context)

    def unasked(self, case: Case) -> float | None:
        """Return None where an external arm told no passages."""
        told = case.passages or case.context != "external"
        return self.silent if told else None

    def row(self, case: Case) -> Mapping[str, Any]:
        """Return question, reference and passages."""
        return {
            "user_input": case.question.text,
            "reference": case.question.answers[0],
            "retrieved_contexts": list(_read(case)),
        }


class ContextPrecision(_OfPassages):
    """Average precision of the passages: are those that help to give the reference first?

    It does not look at the answer. Where no passage was read it is 0.
    """

    name, silent = "context_precision", 0.0

    def asks(self, case: Case) -> bool:
        """Return whether there are passages."""
        return bool(_read(case))


class ContextRecall(_OfPassages):
    """The share of the reference's statements that the passages, taken together, support.

    It does not look at the answer. Where no passage was read it is 0.
    """

    name, silent = "context_recall", 0.0

    def asks(self, case: Case) -> bool:
        """Return whether there are passages."""
        return bool(_read(case))


class NoiseSensitivity(_OfPassages):
    """The share of the answer's statements that are wrong and stand in a relevant passage.

    Lower is better. An answer that is empty or refuses states nothing, so nothing wrong.
    """

    name, silent = "noise_sensitivity", 0.0
    higher_is_better = False

    def asks(self, case: Case) -> bool:
        """Return whether there are passages, and an answer that states something."""
        return bool(_read(case)) and super().asks(case)

    def worst(self, question: Question) -> Stats | None:
        """Return a share of 1."""
        return (1.0, 1.0)

    def best(self, question: Question) -> Stats | None:
        """Return a share of 0."""
        return (0.0, 1.0)

    def row(self, case: Case) -> Mapping[str, Any]:
        """Return question, reference, passages and answer."""
        return {**super().row(case), "response": case.prediction.text}


def _read(case: Case) -> tuple[str, ...]:
    return tuple(passage for passage in case.passages if passage.strip())
