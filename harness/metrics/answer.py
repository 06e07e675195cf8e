"""Is the right answer given: equal to a reference, sharing its words, or containing its values."""

from collections import Counter

from harness.metrics.mean import Mean
from harness.text.normalize import contains_tokens, squad, tokens
from harness.types import Case, ContextType, Question


class ExactMatch(Mean):
    """1 where the answer is a reference after SQuAD's normalisation, else 0."""

    signature = "exact_match|refs:any|norm:squad"

    def value(self, case: Case) -> float:
        """Return 1 or 0."""
        said = squad(case.prediction.text)
        return float(any(said == squad(r) for r in case.question.answers))


class TokenF1(Mean):
    """F1 of the words shared with the closest reference, as SQuAD 2.0 counts it."""

    signature = "token_f1|refs:best|norm:squad"

    def value(self, case: Case) -> float:
        """Return the best F1 over the references; two empty sides are equal."""
        said = squad(case.prediction.text).split()
        return max(_f1(said, squad(r).split()) for r in case.question.answers)


class Contains(Mean):
    """1 where the answer contains what makes an answer right, in whole tokens, else 0.

    Asked for are all groups of `question.values`, each by any of its aliases. Where there are
    none it is `meta["short"]`, where that is absent any of the references.
    """

    signature = "contains|tokens:whole|values:all|aliases:any|else:short,answers"

    def applies(self, question: Question, context: ContextType) -> bool:
        """Return whether there is anything to look for."""
        return question.answerable and bool(wanted(question))

    def value(self, case: Case) -> float:
        """Return 1 or 0."""
        said = tokens(case.prediction.text)
        groups = wanted(case.question)
        return float(all(any(contains_tokens(said, a) for a in group) for group in groups))


def wanted(question: Question) -> tuple[tuple[str, ...], ...]:
    """Return what a right answer contains: every group, by any of its aliases."""
    if question.values:
        return question.values
    if short := question.meta.get("short", ""):
        return ((short,),)
    return (question.answers,) if question.answers else ()


def _f1(said: list[str], reference: list[str]) -> float:
    if not said or not reference:
        return float(said == reference)
    common = (Counter(said) & Counter(reference)).total()
    return 2 * common / (len(said) + len(reference))
