"""What a measurement of retrieval shows: tables for the terminal and the page."""

from collections.abc import Iterator

from harness.report.cells import difference_cell, value_cell
from harness.report.numbers import NONE, count, p_value, significant
from harness.report.table import Cell, Column, Row, Table, table
from harness.retrieving.measures import main_depth, splits, value_of
from harness.retrieving.outcome import Outcome
from harness.retrieving.tuning import Trial

SHOWN_PAIRS = 20
"""Differences shown; retrieval_pairs.csv has all."""


def quality_tables(found: Outcome) -> Iterator[Table]:
    """Yield one table a split: the systems and the measures that are looked at first."""
    k = main_depth(found.depths)
    names = [f"ndcg@{k}", *(f"hit@{depth}" for depth in found.depths)]
    names += [f"{kind}@{k}" for kind in ("recall", "precision", "mrr", "map")]
    columns = [Column("retriever", is_text=True), *(Column(n) for n in names), Column("n")]
    for split in splits(found.summaries):
        rows = []
        for system in found.systems:
            cells = [value_of(found.summaries, system.name, split, name) for name in names]
            n = max((cell.n for cell in cells if cell), default=0)
            shown = (value_cell(cell, n) for cell in cells)
            rows.append(Row((Cell(system.name), *shown, Cell(count(n)))))
        made = table(
            f"Retrieval on {split}",
            columns,
            rows,
            "Value and 95 % interval over clusters of questions that share gold documents. "
            "Ranked are documents, each at the place of its first chunk.",
        )
        if made is not None:
            yield made


def difference_table(found: Outcome) -> Table | None:
    """Return the paired differences in nDCG on all questions, the largest first."""
    metric = f"ndcg@{main_depth(found.depths)}"
    pairs = [p for p in found.pairs if (p.split, p.metric) == ("all", metric)]
    pairs.sort(key=lambda p: -abs(p.difference or 0.0))
    names = (metric, "p", "p, Holm", "effect size", "n", "clusters")
    columns = [Column("difference", is_text=True), *(Column(name) for name in names)]
    rows = []
    for p in pairs[:SHOWN_PAIRS]:
        numbers = (p_value(p.p), p_value(p.p_holm), significant(p.effect_size, 2))
        tail = (Cell(text) for text in (*numbers, count(p.n), count(p.clusters)))
        first = difference_cell(p, "share", p.a, p.b)
        rows.append(Row((Cell(f"{p.a} − {p.b}"), first, *tail)))
    caption = "First minus second, paired by question; bold: the interval leaves out 0. "
    caption += f"Holm corrects for {count(len(pairs))} comparisons."
    if len(pairs) > SHOWN_PAIRS:
        caption += f" The largest {SHOWN_PAIRS}; retrieval_pairs.csv has all, on every measure."
    return table("Differences", columns, rows, caption)


def time_table(found: Outcome) -> Table | None:
    """Return the building of each index and the time of one question at a time."""
    steps = list(dict.fromkeys(row.span for row in found.times if row.span != "other"))
    names = ["chunks", "index built in s", "index MB"]
    names += [f"{step} {p} ms" for step in steps for p in ("p50", "p95")]
    columns = [Column("retriever", is_text=True), *(Column(name) for name in names)]
    rows = []
    for label, build in found.builds.items():
        of_step = {row.span: row for row in found.times if row.arm == label}
        numbers = [
            text
            for step in steps
            for text in (
                (significant(of_step[step].p50_ms), significant(of_step[step].p95_ms))
                if step in of_step
                else (NONE, NONE)
            )
        ]
        first = (count(build.chunks), significant(build.seconds), significant(build.megabytes))
        rows.append(Row((Cell(label), *(Cell(text) for text in (*first, *numbers)))))
    asked = max((row.n for row in found.times), default=0)
    return table("Time", columns, rows, f"{count(asked)} questions, one at a time.")


def in_words(trial: Trial) -> str:
    """Return how the weights of a fusion were chosen."""
    weights = " : ".join(f"{weight:g}" for weight in trial.weights)
    return (
        f"{trial.retriever}: weights {weights} of {trial.members}, by nDCG@10 on "
        f"{count(trial.n)} {trial.split} questions ({trial.ndcg:.3f})"
    )
