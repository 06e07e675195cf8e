"""Rankings to numbers: every measure at every depth, with intervals and paired tests."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness import registry
from harness.progress import Progress
from harness.protocols import Metric
from harness.results import Pair, Score, Summary
from harness.retrieving.system import System
from harness.stages.pairs import pairs
from harness.stages.scores import score
from harness.stages.summaries import summarise
from harness.types import Case, Prediction, Question

MEASURES = ("ndcg", "hit", "recall", "precision", "mrr", "map")
TUNED_BY = 10
"""The depth of the nDCG by which things are chosen and compared first, where it is asked for."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What the rankings of several systems are worth."""

    summaries: Sequence[Summary]
    pairs: Sequence[Pair]
    """Every two systems on every measure; p is corrected within one measure and split."""


def measures(depths: Sequence[int]) -> dict[str, Metric]:
    """Return every measure at every depth by its name, `ndcg@10` say."""
    return {
        f"{kind}@{k}": registry.create("metric", kind, {"k": k})
        for kind in MEASURES
        for k in depths
    }


def main_depth(depths: Sequence[int]) -> int:
    """Return 10 where it is among the depths, else the largest."""
    return TUNED_BY if TUNED_BY in depths else max(depths)


def measure(
    systems: Sequence[System],
    questions: Sequence[Question],
    depths: Sequence[int],
    progress: Progress,
) -> Measured:
    """Score every system on every question; one that it has no ranking for counts 0.

    Args:
        systems: In the order of every table.
        questions: All with gold documents.
        depths: The k of the measures.
        progress: Told meanwhile.
    """
    chosen = measures(depths)
    rows: list[Score] = []
    with progress.task("score rankings", len(systems), "systems") as advance:
        for done, system in enumerate(systems, start=1):
            rows += score(_cases(system, questions), chosen)
            advance(done)
        summaries = summarise(rows, chosen, questions)
        compared = pairs(rows, chosen, questions) if len(systems) > 1 else []
    return Measured(summaries, compared)


def mean(system: System, questions: Sequence[Question], metric: Metric) -> float:
    """Return one measure of one system, without an interval."""
    values = [row.value for row in score(_cases(system, questions), {"": metric})]
    return sum(value or 0.0 for value in values) / len(values)


def value_of(summaries: Sequence[Summary], system: str, split: str, metric: str) -> Summary | None:
    """Return one cell of the table, if there is one."""
    wanted = (system, split, metric)
    return next((s for s in summaries if (s.arm, s.split, s.metric) == wanted), None)


def splits(summaries: Sequence[Summary]) -> tuple[str, ...]:
    """Return the splits to show: `all` only where there are several, or no other."""
    found = tuple(dict.fromkeys(s.split for s in summaries))
    others = tuple(split for split in found if split != "all")
    return others if len(others) == 1 else (*others, "all")


def _cases(system: System, questions: Sequence[Question]) -> list[Case]:
    return [
        Case(
            q,
            Prediction(system.name, 0, q.split, q.id, ""),
            "retrieved",
            tuple(document for document, _ in system.rankings.get(q.id, ())),
        )
        for q in questions
    ]
