"""How well the gold documents are ranked, by the measures of trec_eval at a depth k."""

from collections.abc import Callable, Sequence
from math import log2

from harness.errors import ConfigError
from harness.metrics.mean import Mean
from harness.types import Case, ContextType, Question, Stats


class Ranking(Mean):
    """The mean over questions of a number from the first k documents as retrieved.

    It applies to retrieved passages, and to an external arm, whose questions without a ranking
    are unmeasured. Gold is binary. A retriever that found nothing scores 0.

    Args:
        kind: hit, recall, precision, mrr, ndcg or map.
        k: How many documents are looked at, from 1.
    """

    def __init__(self, kind: str, k: int) -> None:
        if k < 1:
            raise ConfigError(f"metric {kind}@{k}: the depth must be at least 1")
        self._of, self._k = _KINDS[kind], k
        self.signature = f"{kind}@{k}|unit:document|gold:binary"

    def applies(self, question: Question, context: ContextType) -> bool:
        """Return whether documents were ranked and some are gold."""
        return context in ("retrieved", "external") and bool(question.gold)

    def measure(self, cases: Sequence[Case]) -> list[Stats | None]:
        """Return (value, 1) per case, None for an external arm that told no ranking."""
        return [
            None if case.context == "external" and not case.ranking else (self.value(case), 1.0)
            for case in cases
        ]

    def value(self, case: Case) -> float:
        """Return the number of one ranking, in [0, 1]."""
        gold = set(case.question.gold)
        return self._of([d in gold for d in case.ranking[: self._k]], self._k, len(gold))


def hit(k: int = 10) -> Ranking:
    """Return the share of questions with a gold document among the first k."""
    return Ranking("hit", k)


def recall(k: int = 10) -> Ranking:
    """Return the mean share of the gold documents that are among the first k."""
    return Ranking("recall", k)


def precision(k: int = 10) -> Ranking:
    """Return the mean share of the first k that is gold; ranks that nothing fills count too."""
    return Ranking("precision", k)


def mrr(k: int = 10) -> Ranking:
    """Return the mean of 1 / rank of the first gold document, 0 beyond k."""
    return Ranking("mrr", k)


def ndcg(k: int = 10) -> Ranking:
    """Return the mean normalised discounted gain (Järvelin & Kekäläinen 2002), gain 1 for gold."""
    return Ranking("ndcg", k)


def mean_average_precision(k: int = 10) -> Ranking:
    """Return the mean over questions of the mean precision at the ranks of gold documents.

    A gold document beyond k counts 0, as trec_eval's `map_cut` has it.
    """
    return Ranking("map", k)


def _hit(found: list[bool], k: int, gold: int) -> float:
    return float(any(found))


def _recall(found: list[bool], k: int, gold: int) -> float:
    return sum(found) / gold


def _precision(found: list[bool], k: int, gold: int) -> float:
    return sum(found) / k


def _mrr(found: list[bool], k: int, gold: int) -> float:
    return 1 / (1 + found.index(True)) if any(found) else 0.0


def _ndcg(found: list[bool], k: int, gold: int) -> float:
    gain = sum(1 / log2(rank + 2) for rank, right in enumerate(found) if right)
    return gain / sum(1 / log2(rank + 2) for rank in range(min(k, gold)))


def _map(found: list[bool], k: int, gold: int) -> float:
    ranks = [rank for rank, right in enumerate(found, start=1) if right]
    return sum(n / rank for n, rank in enumerate(ranks, start=1)) / gold


_KINDS: dict[str, Callable[[list[bool], int, int], float]] = {
    "hit": _hit,
    "recall": _recall,
    "precision": _precision,
    "mrr": _mrr,
    "ndcg": _ndcg,
    "map": _map,
}
