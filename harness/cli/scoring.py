"""The command that scores outputs which somebody else made."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.comparing import app
from harness.cli.told import Json, prepare, told

if TYPE_CHECKING:
    from harness.results import Summary


@app.command()
@told
def score(
    file: Annotated[
        Path, typer.Argument(help="Rows: .jsonl, .json, .csv or .parquet.", metavar="FILE")
    ],
    answer: Annotated[str, typer.Option(help="Column of the outputs to score.")],
    reference: Annotated[str, typer.Option(help="Column of right answers: a text, or a list.")],
    context: Annotated[
        str, typer.Option(help="Column of the passages that were read: a text, or a list.")
    ] = "",
    question: Annotated[str, typer.Option(help="Column of the questions.")] = "",
    id: Annotated[str, typer.Option(help="Column of ids; rows are numbered without.")] = "",
    metrics: Annotated[
        str, typer.Option(help="Names with commas between; the usual ones that apply without.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Score outputs that somebody else made; no system is run.

    Prints every metric with its 95 % interval, the number of rows and the settings behind it. An
    empty answer counts, and so does one that is missing: with the worst score.

    Example: harness score outputs.jsonl --answer output --reference answers --metrics bleu,rougeL
    """
    prepare(None)
    from harness.progress import for_terminal
    from harness.scoring import Columns, score_file

    columns = Columns(answer, reference, context, question, id)
    names = [name for part in metrics.split(",") if (name := part.strip())]
    rows = score_file(file, columns, names, for_terminal())
    if as_json:
        keys = ("value", "low", "high", "n", "failures", "unit", "signature", "note")
        found = {row.metric: {key: getattr(row, key) for key in keys} for row in rows}
        print(json.dumps(found, ensure_ascii=False))
    else:
        _print(rows)


def _print(rows: Sequence["Summary"]) -> None:
    """Print the numbers as a table, then how each was made, then what is to be said about them."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from harness.report.numbers import count, interval, number

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in ("metric", "value", "95 % interval", "n", "failures"):
        right = name in ("value", "n", "failures")
        table.add_column(name, justify="right" if right else "left", no_wrap=True)
    for row in rows:
        table.add_row(
            Text(row.metric),
            number(row.value, row.unit, row.n),
            Text(interval(row.low, row.high, row.unit, row.n)),
            count(row.n),
            count(row.failures),
        )
    console = Console()
    console.print(table)
    for row in rows:
        console.print(row.signature, markup=False, highlight=False, soft_wrap=True)
    notes: dict[str, list[str]] = {}
    for row in rows:
        if row.note:
            notes.setdefault(row.note, []).append(row.metric)
    for note, of in notes.items():
        told = note if len(of) == len(rows) else f"{', '.join(of)}: {note}"
        console.print(told, markup=False, highlight=False, style="dim")
