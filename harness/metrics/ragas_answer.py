"""Ragas on the answer alone: does it answer the question, does it say what the reference says."""

from collections.abc import Mapping
from typing import Any

from harness.metrics.ragas_metric import RagasMetric
from harness.protocols import Embedder, Judge
from harness.types import Case, ContextType, Question


class AnswerRelevancy(RagasMetric):
    """Cosine of the question and the question that a model would guess from the answer.

    Below 0 counts as 0; an evasive answer counts 0. Ragas has the model guess three times; here
    decoding is greedy and it guesses once.
    """

    name, silent = "answer_relevancy", 0.0

    def __init__(self, judge: Judge, embedder: Embedder) -> None:
        super().__init__(judge, embedder)

    def applies(self, question: Question, context: ContextType) -> bool:
        """Return whether there is an answer to give."""
        return question.answerable

    def row(self, case: Case) -> Mapping[str, Any]:
        """Return question and answer."""
        return {"user_input": case.question.text, "response": case.prediction.text}


class FactualCorrectness(RagasMetric):
    """F1 of the claims of answer and first reference, each verified against the other text."""

    name, silent = "factual_correctness", 0.0

    def __init__(self, judge: Judge) -> None:
        super().__init__(judge)

    def row(self, case: Case) -> Mapping[str, Any]:
        """Return answer and reference."""
        return {"response": case.prediction.text, "reference": case.question.answers[0]}
