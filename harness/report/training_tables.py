"""The table of what it took to make each set of weights."""

from collections.abc import Sequence
from dataclasses import replace

from harness.report.numbers import NONE, count, significant
from harness.report.report_data import ReportData
from harness.report.table import Cell, Column, Row, Table, table
from harness.results import TrainingRun

TEXT = ("weights", "method", "sees", "device")
NUMBERS = (
    *("trained parameters", "dev loss", "before", "train loss", "step kept", "tokens", "seconds"),
    *("tokens/s", "peak MB", "of it before", "size MB", "USD", "GFLOP", "energy Wh", "examples"),
)
NAMES = ("weights", "method", *NUMBERS, "sees", "device")

LOSSES = (
    "Losses are nats a learned token; “before” is the dev loss of the base model, and the step "
    "with the least dev loss is kept."
)
CAPTION = (
    f"{LOSSES} Peak MB is the process's resident memory, or the GPU's "
    "where there is one; “of it before” was there before the model was loaded. "
    "training.csv has every column."
)


def training_table(data: ReportData) -> Table | None:
    """Return one row for every set of weights and seed."""
    return training_runs_table(data.training, CAPTION)


def training_runs_table(runs: Sequence[TrainingRun], caption: str = LOSSES) -> Table | None:
    """Return one row for every training; None without any."""
    seeds = len({run.seed for run in runs})
    columns = [Column(name, is_text=name in TEXT) for name in NAMES]
    return table("Training", columns, [_row(run, several=seeds > 1) for run in runs], caption)


def _row(run: TrainingRun, *, several: bool) -> Row:
    texts = (
        f"{run.weights}, seed {run.seed}" if several else run.weights,
        run.method,
        count(run.trainable_parameters),
        significant(run.dev_loss),
        significant(run.base_dev_loss),
        significant(run.train_loss),
        f"{count(run.best_step)} of {count(run.steps)}",
        count(run.tokens),
        significant(run.seconds),
        significant(run.tokens_per_second),
        count(run.peak_memory_mb),
        count(run.rss_before_mb if run.peak_cuda_mb is None else None),
        significant(run.artefact_mb),
        significant(run.usd),
        significant(None if run.flops is None else run.flops / 1e9),
        significant(None if run.energy_kwh is None else 1000 * run.energy_kwh),
        count(run.examples),
        run.sees,
        run.device,
    )
    cells = [Cell(text, note="" if text != NONE else "not measured") for text in texts]
    i = NAMES.index("trained parameters")
    cells[i] = replace(cells[i], below=f"of {count(run.total_parameters)}")
    if run.examples_too_long:
        i = NAMES.index("examples")
        left = f"{count(run.examples_too_long)} more are longer than the window and were left out"
        cells[i] = replace(cells[i], note=left)
    return Row(tuple(cells))
