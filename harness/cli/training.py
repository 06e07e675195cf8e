"""The command that trains the weights of one arm and stops."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.comparing import app
from harness.cli.told import Json, prepare, told

if TYPE_CHECKING:
    from harness.results import TrainingRun


@app.command()
@told
def train(
    file: Annotated[Path, typer.Argument(help="The benchmark file.", metavar="FILE.yaml")],
    arm: Annotated[str, typer.Option(help="The arm whose weights are to be trained.")],
    dataset: Annotated[
        str | None, typer.Option(help="A question set in place of the file's: a name or a folder.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the results; default results/NAME, NAME being the file's."),
    ] = None,
    seed: Annotated[
        list[int] | None, typer.Option(help="Training seed; give it several times for several.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps")] = "auto",
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads at most.")] = None,
    as_json: Json = False,
) -> None:
    """Train the weights of one arm, or find them trained, and print what it took.

    Nothing is answered. `harness run` with the same file, data and --out finds the weights and
    does not train them again. Training that was stopped goes on where it was: run the same
    command again. The last lines name the folders of the weights.

    Several GPUs: accelerate launch --multi_gpu --num_processes 2 -m harness train FILE.yaml ...

    Example: harness train benchmarks/pocket.yaml --arm fine-tuned
    """
    prepare(threads)
    from harness.config.overrides import Options
    from harness.files import encode
    from harness.fitting import fit
    from harness.progress import for_terminal

    options = Options(
        dataset=dataset, out=out, seeds=tuple(seed or ()), device=device, threads=threads
    )
    made = fit(file, arm, options, for_terminal())
    if os.environ.get("RANK", "0") != "0":  # one of several processes, and not the first
        return
    if as_json:
        print(json.dumps([{**encode(run), "folder": str(folder)} for folder, run in made]))
    else:
        _print(made)


def _print(made: "Sequence[tuple[Path, TrainingRun]]") -> None:
    from rich.console import Console

    from harness.report.terminal import fitted, rich_table
    from harness.report.training_tables import training_runs_table

    console = Console()
    table = training_runs_table([run for _, run in made])
    assert table is not None
    console.print(rich_table(fitted(table, console.width, "With --json")))
    for folder, _ in made:
        print(folder)
