"""Is the right answer given: equal to a reference, sharing its words, or containing its values."""

from collections import Counter
from collections.abc import Sequence

from harness.metrics.mean import BestOfReferences, Mean
from harness.metrics.words import plain_words, squad_words
from harness.text.normalize import contains_tokens
from harness.types import Case, ContextType, Question


class ExactMatch(BestOfReferences):
    """1 where the answer is a reference after SQuAD's normalisation, else 0."""

    signature = "exact_match|refs:any|norm:squad"

    def compare(self, said: Sequence[str], references: Sequence[str]) -> list[float]:
        """Return 1 or 0 for each pair."""
        pairs = zip(said, references, strict=True)
        return [float(squad_words(a) == squad_words(b)) for a, b in pairs]


class TokenF1(BestOfReferences):
    """F1 of the words shared with the closest reference, as SQuAD 2.0 counts it."""

    signature = "token_f1|refs:best|norm:squad"

    def compare(self, said: Sequence[str], references: Sequence[str]) -> list[float]:
        """Return the F1 of each pair; two empty sides are equal."""
        pairs = zip(said, references, strict=True)
        return [_f1(squad_words(a), squad_words(b)) for a, b in pairs]


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
        said = list(plain_words(case.prediction.text))
        groups = wanted(case.question)
        return float(all(any(contains_tokens(said, a) for a in group) for group in groups))


def wanted(question: Question) -> tuple[tuple[str, ...], ...]:
    """Return what a right answer contains: every group, by any of its aliases."""
    if question.values:
        return question.values
    if short := question.meta.get("short", ""):
        return ((short,),)
    return (question.answers,) if question.answers else ()


def _f1(said: Sequence[str], reference: Sequence[str]) -> float:
    if not said or not reference:
        return float(said == reference)
    common = (Counter(said) & Counter(reference)).total()
    return 2 * common / (len(said) + len(reference))
