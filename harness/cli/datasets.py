"""Commands about question sets: check one, make one."""

import json
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.told import Json, told

data_app = typer.Typer(help="Check a question set, or make one.", no_args_is_help=True)


@data_app.command()
@told
def check(
    folder: Annotated[str, typer.Argument(help="A folder, or the name of a shipped set.")],
    benchmark: Annotated[
        Path | None, typer.Option(help="Take the column map from this benchmark file.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List every fault of a question set with file and line, and leaks from train to test."""
    from harness.catalogue import checked, checked_text
    from harness.files import encode

    found = checked(folder, benchmark)
    print(json.dumps(encode(found), ensure_ascii=False) if as_json else checked_text(found))
    if found.faults:
        raise typer.Exit(2)


@data_app.command()
@told
def make(
    name: Annotated[str, typer.Argument(help="The world to make: vantora.")],
    out: Annotated[Path, typer.Option(help="Folder to write; it must not exist yet.")],
    seed: Annotated[int, typer.Option(min=0, help="Another seed is another world.")] = 0,
    documents: Annotated[int, typer.Option(min=10, max=1_000_000)] = 280,
    version: Annotated[int, typer.Option(min=1, max=2, help="2: the world after a revision.")] = 1,
) -> None:
    """Make a fresh fictional question set that no model can have seen.

    The same seed and number of documents give the same bytes. Version 2 is the same world some
    time later: facts changed, documents added and withdrawn, listed in changes.jsonl.
    """
    from harness import catalogue
    from harness.progress import for_terminal

    catalogue.make_data(name, out, for_terminal(), seed=seed, documents=documents, version=version)
    print(f"wrote {out}")
