"""Scores to results: one cell per arm, split and metric."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from harness.protocols import Metric
from harness.results import Score, Summary
from harness.stages.cells import Cell, Ids
from harness.stages.draws import Draw
from harness.stages.limits import Limits, limits
from harness.stages.samples import Key, Samples, defined
from harness.types import Question


def summarise(
    scores: Iterable[Score],
    metrics: Mapping[str, Metric],
    questions: Sequence[Question],
    seed: int = 0,
) -> list[Summary]:
    """Return one row per split, metric and arm, with a 95 % interval over clusters.

    Splits are test-seen, test-new, test-unanswerable, others in question order, then `all`
    questions together. `n` counts the questions in the denominator, failures included; the
    note says how many were not applicable or unmeasured and why a number is missing. `lowest`
    and `highest` are the values had everything unmeasured been worst, or best.

    Args:
        scores: From `harness.stages.scores`.
        metrics: The metrics by name; rows come in their order.
        questions: At least those that were scored.
        seed: Of the resampling.
    """
    samples = Samples(scores, metrics, questions, seed)
    found = []
    for split in samples.splits:
        keys = [(arm, metric) for metric in metrics for arm in samples.arms]
        cells = {key: samples.cell(*key, split) for key in keys}
        jobs: dict[Ids, list[Key]] = {}
        for key, cell in cells.items():
            jobs.setdefault(cell.ids, []).append(key)
        draws = samples.draw(split, jobs)
        found += [
            _summary(samples, key, split, cell, draws.get((cell.ids, key)))
            for key, cell in cells.items()
        ]
    return found


def _summary(samples: Samples, key: Key, split: str, cell: Cell, draw: Draw | None) -> Summary:
    (arm, name), metric = key, samples.metrics[key[1]]
    resampling = samples.resampling(cell.ids)
    at = Limits() if draw is None else limits([draw])
    lowest, highest = _bounds(metric, cell)
    notes = [*at.notes, *_left_out(cell, len(samples.splits[split]))]
    return Summary(
        arm=arm,
        split=split,
        metric=name,
        value=at.value,
        low=at.low,
        high=at.high,
        n=len(cell.ids),
        failures=cell.failures,
        clusters=resampling.clusters,
        largest_cluster=resampling.largest,
        seeds=len(cell.seeds),
        unit=metric.unit,
        higher_is_better=metric.higher_is_better,
        signature=metric.signature,
        note="; ".join(notes),
        method=at.method,
        unmeasured=cell.unmeasured,
        lowest=lowest,
        highest=highest,
        seed_sd=at.seed_sd,
        seed_low=at.seed_low,
        seed_high=at.seed_high,
    )


def _bounds(metric: Metric, cell: Cell) -> tuple[float | None, float | None]:
    """Return the least and the greatest value that what is unmeasured could have made."""
    if not cell.bounded:
        return None, None
    ends = [float(metric.reduce(cell.extreme(cell.applicable, best=b))) for b in (False, True)]
    return defined(min(ends)), defined(max(ends))


def _left_out(cell: Cell, asked: int) -> Iterator[str]:
    """Yield what is to be said about questions that are not in the denominator."""
    for count, what in (
        (cell.uncounted, "nothing to count (0/0)"),
        (cell.not_applicable, "not applicable"),
        (cell.unmeasured, "unmeasured"),
        (asked - cell.questions, "not put to this arm"),
    ):
        if count:
            yield what if count == asked else f"{what}: {count} of {asked} questions"
