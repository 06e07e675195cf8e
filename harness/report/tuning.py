"""What was tried on the development questions: the record, and what the report says of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.report.numbers import NONE, count, interval, number, significant
from harness.report.table import Cell, Column, Row, Table, table


@dataclass(frozen=True, slots=True)
class Trial:
    """One setting of one arm, and what it was worth on the development questions."""

    arm: str
    trial: int
    """From 1 on, in the order in which they were tried."""
    setting: str
    metric: str
    value: float | None = None
    """None where the setting could not be tried; the note says why."""
    low: float | None = None
    """Ends of the 95 % interval over clusters of development questions."""
    high: float | None = None
    n: int = 0
    failures: int = 0
    machine_seconds: float = 0.0
    """Seconds times cores or GPUs, without what an earlier trial of the arm had made."""
    trained_tokens: int = 0
    tokens_in: int | None = None
    tokens_out: int | None = None
    chosen: bool = False
    unit: str = "share"
    note: str = ""


def paragraphs(trials: Sequence[Trial], arms: Sequence[str]) -> tuple[str, ...]:
    """Return how the settings were chosen, and for whom none were."""
    if not trials:
        return ("No settings were tried.",)
    tried = {trial.arm: 0 for trial in trials}
    for trial in trials:
        tried[trial.arm] += 1
    said = (
        f"Settings of {', '.join(tried)} were chosen by “{trials[0].metric}” on the development "
        f"questions, with {max(tried.values())} trials for each, before any test question was "
        "asked. The best of several trials looks better on these questions than it is: only the "
        "test tells. What the search took is in each arm's one-off cost."
    )
    rest = [arm for arm in arms if arm not in tried]
    return (said, f"As the benchmark file has them: {', '.join(rest)}.") if rest else (said,)


def trials_table(trials: Sequence[Trial]) -> Table | None:
    """Return every trial with its value, in the order tried; the chosen ones are strong."""
    columns = [Column("arm", is_text=True), Column("setting", is_text=True)]
    metric = trials[0].metric if trials else ""
    columns += [Column(f"{metric} on dev"), Column("n"), Column("failures")]
    columns += [Column("machine s"), Column("tokens trained on"), Column("chosen", is_text=True)]
    rows = [_row(trial) for trial in trials]
    caption = "Value and 95 % interval; of equal values the first was chosen."
    return table("Settings tried", columns, rows, caption)


def _row(trial: Trial) -> Row:
    text = number(trial.value, trial.unit, trial.n)
    note = trial.note or ("no value" if text == NONE else "")
    below = interval(trial.low, trial.high, trial.unit, trial.n)
    return Row(
        (
            Cell(trial.arm),
            Cell(trial.setting),
            Cell(text, below, note, strong=trial.chosen),
            Cell(count(trial.n)),
            Cell(count(trial.failures), strong=trial.failures > 0),
            Cell(significant(trial.machine_seconds)),
            Cell(count(trial.trained_tokens)),
            Cell("yes" if trial.chosen else ""),
        )
    )
