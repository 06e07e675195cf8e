"""The command that holds published claims against finished runs."""

import json
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.comparing import app
from harness.cli.told import Json, told


@app.command("claims")
@told
def claims_(
    folders: Annotated[list[Path], typer.Argument(help="Folders of results.", metavar="RESULTS")],
    claims: Annotated[
        Path | None, typer.Option(help="A file of claims; default benchmarks/claims.yaml.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for claims.csv and claims.md; default the first RESULTS."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say which published claims hold in these runs: supported, refuted, undecided, not measured.

    Each verdict is computed from a 95 % interval by the condition that the file of claims
    declares, and names the model, its size, the question set and the split. Runs no model.

    Example: harness claims results/pocket results/peft
    """
    from harness import claims as claiming

    found = claiming.judge(
        claiming.read_claims(claims or claiming.default_file()),
        [claiming.read_run(folder) for folder in folders],
    )
    target = out or folders[0]
    claiming.write(found, target)
    if as_json:
        print(json.dumps(claiming.as_plain(found)))
        return
    from rich.console import Console

    from harness.report.terminal import rich_table

    console = Console()
    for table in claiming.tables(found):
        console.print(rich_table(table))
    console.print(claiming.how_to_read(found), markup=False, highlight=False)
    console.print(f"Written: {target / 'claims.md'}", markup=False, highlight=False)
