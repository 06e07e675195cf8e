"""The command line: parse, call, print."""

from harness.cli import (  # noqa: F401 - importing them adds their commands
    auditing,
    building,
    claiming,
    lineage,
    noise,
    retrieving,
    scoring,
    training,
)
from harness.cli.comparing import app
from harness.cli.datasets import data_app
from harness.cli.embedded import pocket_app
from harness.cli.judging import judge_app

__all__ = ["app", "main"]

app.add_typer(data_app, name="data")
app.add_typer(judge_app, name="judge")
app.add_typer(pocket_app, name="pocket")


def main() -> None:
    """Run the command line."""
    app()
