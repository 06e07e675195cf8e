"""Scores to comparisons: every pair of arms, paired by question."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from harness.protocols import Metric
from harness.results import Pair, Role, Score
from harness.stages.cells import Cell, Ids
from harness.stages.draws import Draw
from harness.stages.limits import Limits, limits
from harness.stages.p_values import p_value
from harness.stages.samples import ALL, Key, Samples, defined
from harness.stats import holm
from harness.types import Question

POWER = 1.959964 + 0.841621
"""Standard errors between 0 and a difference that a test at 5 % finds in four of five runs."""

Arms = tuple[str, str]


def pairs(
    scores: Iterable[Score],
    metrics: Mapping[str, Metric],
    questions: Sequence[Question],
    contrasts: Sequence[Arms] = (),
    seed: int = 0,
    primary: str = "",
) -> list[Pair]:
    """Return every pair of arms once per split and metric: the difference, its interval and p.

    A pair is compared on the questions that both have a row for, with the same resamples of
    clusters for both arms (Koehn 2004). A contrast on the primary metric and on one split is
    what the benchmark set out to show; all else is exploratory. `p_holm` corrects within one
    metric and split: the contrasts among themselves, the exploratory pairs among themselves.

    Args:
        scores: From `harness.stages.scores`.
        metrics: The metrics by name.
        questions: At least those that were scored.
        contrasts: Pairs (a, b) to be read as a minus b; other pairs are the later arm minus
            the earlier one.
        seed: Of the resampling.
        primary: The metric on which the contrasts are confirmatory.
    """
    samples = Samples(scores, metrics, questions, seed)
    compared = [_oriented(pair, contrasts) for pair in combinations(samples.arms, 2)]
    found: list[Pair] = []
    for split in samples.splits:
        common: dict[tuple[str, Arms], Ids] = {}
        jobs: dict[Ids, dict[Key, None]] = {}
        for metric in metrics:
            for a, b in compared:
                theirs = samples.cell(b, metric, split).places
                ids = tuple(i for i in samples.cell(a, metric, split).ids if i in theirs)
                common[metric, (a, b)] = ids
                jobs.setdefault(ids, {}).update({(a, metric): None, (b, metric): None})
        draws = samples.draw(split, {ids: list(keys) for ids, keys in jobs.items()}, swaps=True)
        for metric in metrics:
            of_metric = [
                _pair(samples, split, metric, arms, common[metric, arms], draws)
                for arms in compared
            ]
            main = metric == primary and split != ALL
            found += _corrected(of_metric, contrasts if main else ())
    return found


def _oriented(pair: Arms, contrasts: Sequence[Arms]) -> Arms:
    earlier, later = pair
    return (earlier, later) if (earlier, later) in contrasts else (later, earlier)


def _corrected(rows: Sequence[Pair], contrasts: Sequence[Arms]) -> Iterator[Pair]:
    """Yield the pairs of one metric and split with their roles and corrected p."""
    asked = {frozenset(contrast) for contrast in contrasts}
    roles: list[Role] = [
        "primary contrast" if frozenset((row.a, row.b)) in asked else "exploratory" for row in rows
    ]
    families = {
        role: iter(holm([r.p for r, own in zip(rows, roles, strict=True) if own == role]))
        for role in roles
    }
    for row, role in zip(rows, roles, strict=True):
        yield replace(row, role=role, p_holm=next(families[role]))


def _pair(
    samples: Samples,
    split: str,
    metric: str,
    arms: Arms,
    ids: Ids,
    draws: Mapping[tuple[Ids, Key], Draw],
) -> Pair:
    a, b = arms
    cells = samples.cell(a, metric, split), samples.cell(b, metric, split)
    seeds = tuple(len(cell.seeds) for cell in cells)
    at, p, test, notes = Limits(), None, "", ["no question on which both are measured"]
    if ids:
        ours, theirs = draws[ids, (a, metric)], draws[ids, (b, metric)]
        at = limits([ours, theirs], (1.0, -1.0))
        p, test = p_value(ours, theirs, at)
        notes = [*at.notes, *_left_out(arms, cells, ids)]
        notes += _uncounted(arms, cells)
    if seeds[0] != seeds[1]:
        notes.append(f"seeds: {a} {seeds[0]}, {b} {seeds[1]}")
    lowest, highest = _bounds(samples.metrics[metric], cells)
    clusters = samples.resampling(ids).clusters
    return Pair(
        a=a,
        b=b,
        split=split,
        metric=metric,
        difference=at.value,
        low=at.low,
        high=at.high,
        p=p,
        n=len(ids),
        clusters=clusters,
        seeds=min(seeds),
        note="; ".join(notes),
        method=at.method,
        test=test,
        effect_size=_effect_size(at, clusters),
        detectable=POWER * at.error if at.error else None,
        lowest=lowest,
        highest=highest,
        seed_sd=at.seed_sd,
        seed_low=at.seed_low,
        seed_high=at.seed_high,
    )


def _effect_size(at: Limits, clusters: int) -> float | None:
    """Return the difference in standard deviations of a cluster's difference (Cohen's d_z, 1988).

    For clusters of one size that is the mean of their differences over their standard deviation;
    the jackknife's standard error extends it to other clusters and to metrics that are no mean.
    """
    if at.value is None or not at.cluster_error:
        return None
    return float(at.value / (at.cluster_error * clusters**0.5))


def _left_out(arms: Arms, cells: tuple[Cell, Cell], ids: Ids) -> Iterator[str]:
    for arm, other, cell in ((*arms, cells[0]), (*arms[::-1], cells[1])):
        if alone := len(cell.ids) - len(ids):
            yield f"{alone} questions of {arm} left out: {other} has no row for them"


def _uncounted(arms: Arms, cells: tuple[Cell, Cell]) -> Iterator[str]:
    """Yield of which arm some questions count for nothing: the pair is not on the same ones."""
    for arm, cell in zip(arms, cells, strict=True):
        if count := cell.uncounted:
            yield f"nothing to count (0/0) of {arm}: {count} of {len(cell.ids)} questions"


def _bounds(metric: Metric, cells: tuple[Cell, Cell]) -> tuple[float | None, float | None]:
    """Return the least and greatest difference that what is unmeasured could have made."""
    open_ = [cell for cell in cells if cell.bounded or cell.unmeasured]
    if not open_ or not all(cell.bounded for cell in open_):
        return None, None
    theirs = set(cells[1].applicable)
    ids = [i for i in cells[0].applicable if i in theirs]
    if not ids:
        return None, None
    ends = [
        float(metric.reduce(cells[0].extreme(ids, best=b)))
        - float(metric.reduce(cells[1].extreme(ids, best=not b)))
        for b in (False, True)
    ]
    return defined(min(ends)), defined(max(ends))
