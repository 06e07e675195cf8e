"""The csv files: their names and columns, which are an interface.

A column is added at the end, and renamed or removed only together with VERSION.
`docs/results.md` explains each of them; a test compares the two.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from math import isfinite
from pathlib import Path

from harness.files import write_text
from harness.report.latency import latency_rows
from harness.report.report_data import ReportData

VERSION = 1

COLUMNS: dict[str, tuple[str, ...]] = {
    "summary.csv": (
        "arm", "split", "metric", "value", "low", "high", "n", "failures", "clusters",
        "largest_cluster", "seeds", "unit", "higher_is_better", "signature", "note",
        "method", "unmeasured", "lowest", "highest", "seed_sd", "seed_low", "seed_high",
    ),
    "scores.csv": ("arm", "seed", "split", "question", "metric", "value", "status"),
    "pairs.csv": (
        "a", "b", "split", "metric", "difference", "low", "high", "p", "n", "clusters", "seeds",
        "note", "method", "test", "p_holm", "role", "effect_size", "detectable", "lowest",
        "highest", "seed_sd", "seed_low", "seed_high",
    ),
    "effects.csv": (
        "effect", "split", "metric", "value", "low", "high", "n", "clusters", "note",
        "contrast", "method",
    ),
    "training.csv": (
        "weights", "seed", "method", "sees", "examples", "trainable_parameters",
        "total_parameters", "steps", "tokens", "seconds", "train_loss", "dev_loss", "best_step",
        "peak_memory_mb", "artefact_mb", "device", "base_dev_loss", "tokens_per_second", "flops",
        "peak_rss_mb", "rss_before_mb", "peak_cuda_mb", "energy_kwh", "examples_too_long",
        "processes", "usd",
    ),
    "training_curve.csv": (
        "weights", "seed", "step", "tokens", "train_loss", "dev_loss", "chosen",
    ),
    "latency.csv": ("arm", "span", "n", "mean_ms", "p50_ms", "p95_ms", "p99_ms"),
    "cost.csv": (
        "arm", "basis", "item", "quantity", "unit", "usd_per_unit", "usd", "source",
    ),
    "break_even.csv": ("a", "b", "questions", "note"),
    "tuning.csv": (
        "arm", "trial", "setting", "metric", "value", "low", "high", "n", "failures",
        "machine_seconds", "trained_tokens", "tokens_in", "tokens_out", "chosen", "note",
    ),
    "cells.csv": (
        "arm", "seed", "split", "metric", "cut", "n", "retrieved_right", "retrieved_wrong",
        "missed_right", "missed_wrong", "unmeasured",
    ),
}  # fmt: skip


def write_csv_files(data: ReportData, folder: Path) -> None:
    """Write every csv file of a report; one without rows has its heading only.

    A `scores.csv` that is there stays where the data have no scores: a report made again from
    the other records must not empty it.
    """
    files: dict[str, Sequence[object]] = {
        "summary.csv": data.summaries,
        "pairs.csv": data.pairs,
        "effects.csv": data.effects,
        "training.csv": data.training,
        "training_curve.csv": data.training_curve,
        "latency.csv": latency_rows(data.spans, data.names),
        "cost.csv": data.costs,
        "break_even.csv": data.break_evens,
        "tuning.csv": data.tuning,
        "cells.csv": data.four_cells,
    }
    for name, records in files.items():
        columns = COLUMNS[name]
        rows = ([getattr(record, column) for column in columns] for record in records)
        write_text(folder / name, csv_text(columns, rows))
    if data.scores or not (folder / "scores.csv").exists():
        write_text(folder / "scores.csv", _scores(data))


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    r"""Return csv as RFC 4180 has it, with bare newlines; numbers in full precision.

    What is not known is an empty cell, a truth is `true` or `false`.

    >>> csv_text(["a", "b"], [[None, True], [0.1, "x,y"]])
    'a,b\n,true\n0.1,"x,y"\n'
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_field(value) for value in row] for row in rows)
    return text.getvalue()


def _scores(data: ReportData) -> str:
    columns = COLUMNS["scores.csv"]
    slices = [dict(data.slices[name]) for name in data.slices]
    rows = (
        [
            *(getattr(score, column) for column in columns),
            *(values.get(score.question, "") for values in slices),
        ]
        for score in data.scores
    )
    return csv_text([*columns, *data.slices], rows)


def _field(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return repr(float(value)) if isfinite(value) else ""  # numpy's say their type
        case _:
            return str(value)
