"""Scores to results: one cell per arm, split and metric; every pair of arms."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from harness.protocols import Metric
from harness.results import Pair, Score, Summary
from harness.stages.samples import UNDEFINED, Cell, Draw, Ids, Key, Samples, bounds, defined
from harness.stats import swap_p
from harness.types import Question


def summarise(
    scores: Iterable[Score],
    metrics: Mapping[str, Metric],
    questions: Sequence[Question],
    seed: int = 0,
) -> list[Summary]:
    """Return one row per split, metric and arm, with a 95 % bootstrap interval over clusters.

    Splits are test-seen, test-new, test-unanswerable, others in question order, then `all`
    questions together. `n` counts the questions in the denominator, failures included; the
    note says how many were not applicable or unmeasured and why a number is missing.

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
    value = low = high = None
    notes = []
    resampling = samples.resampling(cell.ids)
    if draw is not None:
        value = defined(float(metric.reduce(draw.total)))
        if value is None:
            notes.append(UNDEFINED)
        else:
            low, high, note = bounds(metric.reduce(draw.bootstrap), resampling)
            notes += [note] if note else []
    notes += _left_out(cell, len(samples.splits[split]))
    return Summary(
        arm=arm,
        split=split,
        metric=name,
        value=value,
        low=low,
        high=high,
        n=len(cell.ids),
        failures=cell.failures,
        clusters=resampling.clusters,
        largest_cluster=resampling.largest,
        seeds=cell.seeds,
        unit=metric.unit,
        higher_is_better=metric.higher_is_better,
        signature=metric.signature,
        note="; ".join(notes),
    )


def _left_out(cell: Cell, asked: int) -> Iterator[str]:
    """Yield what is to be said about questions that are not in the denominator."""
    for count, what in (
        (cell.not_applicable, "not applicable"),
        (cell.unmeasured, "unmeasured"),
        (asked - cell.questions, "not put to this arm"),
    ):
        if count:
            yield what if count == asked else f"{what}: {count} of {asked} questions"


def pairs(
    scores: Iterable[Score],
    metrics: Mapping[str, Metric],
    questions: Sequence[Question],
    contrasts: Sequence[tuple[str, str]] = (),
    seed: int = 0,
) -> list[Pair]:
    """Return every pair of arms once per split and metric: the difference, its interval and p.

    A pair is compared on the questions that both have a row for. The interval is a paired
    bootstrap over clusters (both arms get the same resamples; Koehn 2004), p that of
    `stats.swap_p`, not corrected for the number of comparisons.

    Args:
        scores: From `harness.stages.scores`.
        metrics: The metrics by name.
        questions: At least those that were scored.
        contrasts: Pairs (a, b) to be read as a minus b; other pairs are the later arm minus
            the earlier one.
        seed: Of the resampling.
    """
    samples = Samples(scores, metrics, questions, seed)
    compared = [_oriented(pair, contrasts) for pair in combinations(samples.arms, 2)]
    found = []
    for split in samples.splits:
        common: dict[tuple[str, str, str], Ids] = {}
        jobs: dict[Ids, dict[Key, None]] = {}
        for metric in metrics:
            for a, b in compared:
                theirs = samples.cell(b, metric, split).rows
                ids = tuple(i for i in samples.cell(a, metric, split).ids if i in theirs)
                common[metric, a, b] = ids
                jobs.setdefault(ids, {}).update({(a, metric): None, (b, metric): None})
        draws = samples.draw(split, {ids: list(keys) for ids, keys in jobs.items()}, swaps=True)
        found += [_pair(samples, split, *key, ids, draws) for key, ids in common.items()]
    return found


def _oriented(pair: tuple[str, str], contrasts: Sequence[tuple[str, str]]) -> tuple[str, str]:
    earlier, later = pair
    return (earlier, later) if (earlier, later) in contrasts else (later, earlier)


def _pair(
    samples: Samples,
    split: str,
    metric: str,
    a: str,
    b: str,
    ids: Ids,
    draws: Mapping[tuple[Ids, Key], Draw],
) -> Pair:
    cells = samples.cell(a, metric, split), samples.cell(b, metric, split)
    seeds = tuple(cell.seeds for cell in cells)
    difference = low = high = p = None
    notes = []
    if not ids:
        notes.append("no question on which both are measured")
    else:
        reduce = samples.metrics[metric].reduce
        ours, theirs = draws[ids, (a, metric)], draws[ids, (b, metric)]
        difference = defined(float(reduce(ours.total)) - float(reduce(theirs.total)))
        if difference is None:
            notes.append(UNDEFINED)
        else:
            moves = reduce(ours.bootstrap) - reduce(theirs.bootstrap)
            low, high, note = bounds(moves, samples.resampling(ids))
            notes += [note] if note else []
            p = swap_p(reduce, ours.total, theirs.total, ours.swapped, theirs.swapped)
        notes += [
            f"{len(cell.ids) - len(ids)} questions of {arm} left out: {other} has no row for them"
            for arm, other, cell in ((a, b, cells[0]), (b, a, cells[1]))
            if len(cell.ids) > len(ids)
        ]
    if seeds[0] != seeds[1]:
        notes.append(f"seeds: {a} {seeds[0]}, {b} {seeds[1]}")
    return Pair(
        a,
        b,
        split,
        metric,
        difference,
        low,
        high,
        p,
        len(ids),
        samples.resampling(ids).clusters,
        min(seeds),
        "; ".join(notes),
    )
