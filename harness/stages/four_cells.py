"""Was it retrieved, and was it answered: the four cells that part retrieval from generation."""

from collections.abc import Iterator, Mapping, Sequence

from harness.contexts import document_ranking
from harness.protocols import Metric
from harness.results import FourCells, Score
from harness.stages.job import Job
from harness.types import Case

HALF = {"share": 0.5, "points": 50.0}
"""From what value on an answer counts as right, by the unit of a metric that is graded."""


def four_cells(
    job: Job, cases: Sequence[Case], scores: Sequence[Score], metrics: Mapping[str, Metric]
) -> list[FourCells]:
    """Return how often each arm that retrieves was given gold, and was right by the primary metric.

    A question counts as retrieved where a gold document is among the passages that the arm was
    given: its first k, above its threshold. Asked are the questions with gold documents on which
    the metric applies; a failed answer is wrong. An external arm counts where it names what it
    read; `unmeasured` are its questions without a name, and those whose metric has no value.

    Args:
        job: Says what every arm was given.
        cases: Of all arms.
        scores: Of the primary metric at least.
        metrics: By name.
    """
    primary = job.benchmark.metrics.primary
    metric = metrics[primary]
    if not metric.higher_is_better or metric.unit not in HALF:
        return []
    of = [s for s in scores if s.metric == primary and s.status != "not applicable"]
    values = {(s.arm, s.seed, s.question): s.value for s in of}
    is_graded = any(value not in (None, 0.0, 1.0) for value in values.values())
    cut = HALF[metric.unit] if is_graded else 1.0
    given = {
        name: {i: document_ranking(hits or ()) for i, hits in job.contexts(arm).items()}
        for name, arm in job.benchmark.arms.items()
        if arm.type == "model" and arm.context.type == "retrieved"
    }
    asked = {q.id for q in job.asked}
    counts: dict[tuple[str, int, str], list[int]] = {}
    for case, read in _readers(cases, given):
        key = case.prediction.arm, case.prediction.seed, case.question.id
        if not case.question.gold or key not in values or case.question.id not in asked:
            continue
        row = counts.setdefault((*key[:2], case.question.split), [0] * 5)
        value = values[key]
        if value is None or (case.context == "external" and not read):
            row[4] += 1
            continue
        found = not set(case.question.gold).isdisjoint(read)
        row[2 * (not found) + (value < cut)] += 1
    return [
        FourCells(arm, seed, split, primary, cut, sum(row[:4]), *row)
        for (arm, seed, split), row in counts.items()
    ]


def _readers(
    cases: Sequence[Case], given: Mapping[str, Mapping[str, Sequence[str]]]
) -> Iterator[tuple[Case, Sequence[str]]]:
    """Yield the cases of arms that retrieve, with the documents that they were given."""
    others = {c.prediction.arm for c in cases if c.context == "external" and c.ranking}
    for case in cases:
        arm = case.prediction.arm
        if arm in given:
            yield case, given[arm].get(case.question.id, ())
        elif arm in others:
            yield case, case.ranking
