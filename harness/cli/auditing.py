"""The command that asks what the set-up of an experiment does to its headline."""

import json
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.comparing import app
from harness.cli.told import Json, told


@app.command()
@told
def audit(
    folder: Annotated[Path, typer.Argument(help="A folder of results.", metavar="RESULTS")],
    out: Annotated[
        Path | None, typer.Option(help="Folder for audit.csv and audit.md; default RESULTS.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show how much of RAG against fine-tuning is the set-up: four switches, alone and together.

    1 the same checkpoint in both arms; 2 the retrieval threshold chosen on dev questions; 3 the
    answers to the test questions out of the index; 4 another encoder in the metric than in the
    retriever. Runs no model. benchmarks/lakatos2024.yaml has the arms that answer all four.
    """
    from harness import audit as auditing
    from harness.files import encode

    findings = auditing.audit(auditing.read(folder))
    auditing.write(findings, out or folder)
    if as_json:
        print(json.dumps(encode(findings)))
        return
    from rich.console import Console

    from harness.report.terminal import fitted, rich_table

    console = Console()
    for table in auditing.tables(findings):
        console.print(rich_table(fitted(table, console.width)))
    console.print(f"Written: {(out or folder) / 'audit.md'}", markup=False, highlight=False)
