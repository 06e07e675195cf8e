"""Tables of quality: every metric on every split, differences, effects, rankings."""

import re
from collections.abc import Sequence

from harness.report.cells import (
    ARM,
    CONFOUNDED,
    difference_cell,
    effect_cell,
    name_cell,
    unit_of,
    value_cell,
)
from harness.report.numbers import NONE, count, number, p_value, significant
from harness.report.report_data import ReportData
from harness.report.table import Cell, Column, Row, Table, table
from harness.results import Summary

RANKING = re.compile(r"^(hit|recall|precision|mrr|ndcg|map)@\d+$")
"""Metrics of a ranking: they have a table of their own."""


def arms_table(data: ReportData) -> Table | None:
    """Return what each arm is: model, weights, context, prompt, and what it was given."""
    names = ("arm", "model", "weights", "context", "prompt", "given")
    rows = [
        Row((name_cell(a), *(Cell(t) for t in (a.model, a.weights, a.context, a.prompt, a.given))))
        for a in data.arms
    ]
    return table("The arms", (Column(name, is_text=True) for name in names), rows)


def quality_table(data: ReportData, split: str) -> Table | None:
    """Return the main metrics of one split, floors below a line."""
    metrics = [m for m in (data.primary, *data.also) if not RANKING.match(m)]
    return _metrics_table(data, split, metrics, f"Quality on {split}", with_floors=True)


def retrieval_table(data: ReportData, split: str) -> Table | None:
    """Return the rank metrics of one split."""
    metrics = dict.fromkeys(s.metric for s in data.summaries if RANKING.match(s.metric))
    chosen = [m for m in data.also if m in metrics]
    chosen += [m for m in metrics if m not in chosen]
    return _metrics_table(data, split, chosen, f"Retrieval on {split}", with_floors=False)


def contrasts_table(data: ReportData, split: str) -> Table | None:
    """Return the configured differences on one split, paired by question."""
    contrasts = data.contrasts
    metrics = [
        m
        for m in (data.primary, *data.also)
        if any((p := data.pair(a, b, split, m)) and p.difference is not None for a, b in contrasts)
    ]
    if not metrics:
        return None
    columns = [Column("difference", is_text=True), *(Column(m) for m in metrics)]
    first_only = ("p", "p, Holm", "effect size", "detectable")
    columns += [Column(f"{name} ({metrics[0]})") for name in first_only]
    columns += [Column("n"), Column("clusters")]
    rows = []
    for a, b in contrasts:
        pairs = [data.pair(a, b, split, m) for m in metrics]
        first = pairs[0]
        cells = [difference_cell(p, unit_of(data, p.metric) if p else "", a, b) for p in pairs]
        tail = [NONE] * 6
        if first is not None:
            found = number(first.detectable, unit_of(data, metrics[0]), first.n)
            tail = [p_value(first.p), p_value(first.p_holm), significant(first.effect_size, 2)]
            tail += [found, count(first.n), count(first.clusters)]
        rows.append(Row((Cell(f"{a} − {b}"), *cells, *(Cell(text) for text in tail))))
    of_primary = (
        f"These contrasts in “{data.primary}” are what the benchmark set out to show, and Holm "
        "corrects their p for each other; every other number is exploratory. "
    )
    explored = (
        f"All of it is exploratory: Holm corrects p for all pairs of arms in “{metrics[0]}”. "
    )
    caption = (
        "First arm minus second, paired by question. Bold: the interval leaves out 0. "
        f"{of_primary if metrics[0] == data.primary else explored}Effect size: in "
        "standard deviations of a cluster's difference. Detectable: the least difference that "
        "four of five such runs would find."
    )
    return table(f"Differences on {split}", columns, rows, caption)


def effects_table(data: ReportData) -> Table | None:
    """Return the effects on the primary metric; `effects.csv` holds those on all."""
    columns = [Column(name, is_text=True) for name in ("effect", "split", "metric")]
    columns += [Column("value"), Column("n"), Column("clusters")]
    measured = {e.split for e in data.effects if e.metric == data.primary and e.value is not None}
    measured.discard("all")
    rows = [
        Row(
            (
                Cell(e.effect),
                Cell(e.split),
                Cell(e.metric),
                effect_cell(e, unit_of(data, e.metric)),
                Cell(count(e.n)),
                Cell(count(e.clusters)),
            )
        )
        for e in data.effects
        if e.metric == data.primary and e.split in measured
    ]
    caption = (
        "From the two by two of base or fine-tuned weights, without or with passages: what each "
        "adds on average, and without and with the other. An interaction depends on the scale "
        "near 0 and 1. Best of both: the smaller of the hybrid's two leads, over RAG and over "
        "fine-tuned. Bold: the interval leaves out 0."
    )
    return table("Effects", columns, rows, caption)


def _metrics_table(
    data: ReportData, split: str, metrics: Sequence[str], title: str, *, with_floors: bool
) -> Table | None:
    here = {(s.arm, s.metric): s for s in data.summaries if s.split == split}
    shown = [m for m in metrics if any(s.value is not None for (_, x), s in here.items() if x == m)]
    rows = []
    for arm in (*data.arms, *(data.floors if with_floors else ())):
        is_floor = arm in data.floors
        found = [here[arm.name, m] for m in shown if (arm.name, m) in here]
        if not found or (not with_floors and all(s.value is None for s in found)):
            continue
        n, failures = max(s.n for s in found), max(s.failures for s in found)
        cells = [value_cell(here.get((arm.name, m)), n) for m in shown]
        tail = (Cell(count(n)), Cell(count(failures), strong=failures > 0))
        rows.append(Row((name_cell(arm), Cell(arm.given), *cells, *tail), is_floor))
    columns = [*ARM, *(Column(m) for m in shown), Column("n"), Column("failures")]
    caption = "Value and 95 % interval over clusters of questions; failed answers count as worst."
    caption += _of_training(data, [s for (_, m), s in here.items() if m in shown])
    if absent := [m for m in metrics if m not in shown]:
        caption += f" Without any value here: {', '.join(absent)}."
    if any(arm.confounded for arm in data.arms):
        caption += f" {CONFOUNDED} Not comparable: differs from the other arms in more than this."
    return table(title, columns, rows, caption)


def _of_training(data: ReportData, shown: Sequence[Summary]) -> str:
    """Return what the intervals say about another training of the same weights."""
    trained = {arm.name for arm in data.arms if arm.weights not in ("", "base")}
    seeds = {s.seeds for s in shown if s.arm in trained and s.value is not None}
    if not seeds:
        return ""
    if seeds == {1}:
        return " Weights were trained once: what another training would change is not in them."
    return " Weights were trained several times; sd is over their seeds, and the interval has it."
