"""The command that says what contains a document, and what documents something contains."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.comparing import app
from harness.cli.told import Json, told

if TYPE_CHECKING:
    from harness.lineage.trace import Trace

SHOWN = 3
"""Places shown of each; --json has all."""


@app.command()
@told
def lineage(
    document: Annotated[
        str | None, typer.Argument(help="The id of a document.", metavar="DOCUMENT_ID")
    ] = None,
    below: Annotated[
        list[Path] | None,
        typer.Option("--in", help="Look below this folder; default results."),
    ] = None,
    run: Annotated[
        Path | None, typer.Option(help="List the documents in each artefact of this run.")
    ] = None,
    model: Annotated[
        Path | None, typer.Option(help="List the documents these weights were trained on.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show which artefacts, runs and models contain a document; or what a run or a model contains.

    A folder of weights answers by itself, wherever it was copied to. Exit status: 0 found,
    1 nothing contains it, 2 an error.

    Example: harness lineage product-0001 --in results
    """
    from harness.errors import ConfigError
    from harness.files import encode
    from harness.lineage.trace import documents_in_model, documents_in_run, trace

    if sum(given is not None for given in (document, run, model)) != 1:
        raise ConfigError("give one of: a document id, --run FOLDER, --model FOLDER")
    places = below or [Path("results")]
    if document is not None:
        found = trace(document, places)
    elif run is not None:
        found = documents_in_run(run)
    else:
        assert model is not None
        found = documents_in_model(model)
    if as_json:
        print(json.dumps(encode(found), ensure_ascii=False))
    elif document is not None:
        _print_places(found)
    else:
        _print_documents(found)
    if not found:
        if not as_json:
            print(_nothing(document, places))
        raise typer.Exit(1)


def _nothing(document: str | None, places: "Sequence[Path]") -> str:
    """Return that nothing was found, and what document may have been meant."""
    from harness.errors import did_you_mean
    from harness.lineage.trace import documents_below

    known = documents_below(places) if document is not None else ()
    if document is None or not known:
        return "nothing here contains a document"
    hint = did_you_mean(document, known)
    if not hint.startswith("did"):
        more = f" and {len(known) - SHOWN:,} more" if len(known) > SHOWN else ""
        hint = f"documents here are {', '.join(sorted(known)[:SHOWN])}{more}"
    return f"nothing: {document}; {hint}"


def _print_places(found: "Sequence[Trace]") -> None:
    for row in found:
        print(f"{row.kind:<9}{row.folder}: {_shortened(row.where)}")


def _print_documents(found: "Sequence[Trace]") -> None:
    folder = ""
    for row in found:
        if row.folder != folder:
            folder = row.folder
            documents = sum(other.folder == folder for other in found)
            print(f"{row.kind:<9}{folder}: {documents:,} documents")
        print(f"  {row.document}: {_shortened(row.where)}")


def _shortened(where: "Sequence[str]") -> str:
    more = f", and {len(where) - SHOWN:,} more" if len(where) > SHOWN else ""
    return "; ".join(where[:SHOWN]) + more
