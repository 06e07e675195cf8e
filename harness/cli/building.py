"""The command that turns documents and question-answer pairs into token sequences."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.datasets import data_app
from harness.cli.told import Json, prepare, told

if TYPE_CHECKING:
    from harness.pipeline.speed import Speed

SHORTEST = 1e-3
"""Seconds of work below which a rate says nothing."""


@data_app.command()
@told
def build(
    source: Annotated[
        list[str],
        typer.Argument(help="A .jsonl[.gz], .parquet or text file, a folder, or a question set."),
    ],
    out: Annotated[Path, typer.Option(help="Folder of the build.")],
    config: Annotated[
        Path | None, typer.Option(help="A YAML file of settings; options here win over it.")
    ] = None,
    tokenizer: Annotated[
        str | None, typer.Option(help="A model folder, a hub id or pocket.")
    ] = None,
    length: Annotated[int | None, typer.Option(min=8, help="Most tokens of a row.")] = None,
    pack: Annotated[
        bool, typer.Option("--pack", help="Several documents in a row; refused where they leak.")
    ] = False,
    against: Annotated[
        list[str] | None,
        typer.Option(help="A question set whose dev and test questions must stay out."),
    ] = None,
    language: Annotated[
        list[str] | None, typer.Option(help="Keep this language only (en, de, ...).")
    ] = None,
    mask: Annotated[
        bool, typer.Option("--mask", help="Put placeholders where personal data was found.")
    ] = False,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Count rows that cannot be read, and go on.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; default one for each core.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make token sequences of documents and pairs, without duplicates and test questions.

    Writes Parquet shards, a list of what was dropped and why, and a datasheet. Stop it at any
    moment and run the same command to go on: a finished shard is never made again.

    Example: harness data build my/documents --against my/questions --out builds/mine
    """
    prepare(1)  # one thread in each worker
    from harness.pipeline.build import build as make
    from harness.pipeline.settings import load_settings
    from harness.progress import for_terminal

    options = {
        "tokenizer": tokenizer,
        "length": length,
        "pack": pack or None,
        "against": tuple(against) if against else None,
        "languages": tuple(language) if language else None,
        "mask_personal": mask or None,
        "bad_rows": "skip" if skip_bad else None,
    }
    given = {key: value for key, value in options.items() if value is not None}
    built = make(source, out, load_settings(config, given), workers, for_terminal())
    if as_json:
        print(built.sheet.as_json(), end="")
        return
    _print(built.speed)
    for reason, found in built.sheet.dropped.items():
        print(f"dropped, {reason}: {found.count:,}")
    rows = ", ".join(f"{split} {count:,}" for split, count in built.sheet.rows.items())
    print(f"{built.sheet.records:,} records in, {built.sheet.tokens:,} tokens out ({rows} rows)")
    print(f"Written: {out / 'shards'}, {out / 'datasheet.md'}")
    if not built.fresh:
        print("nothing to do: it was there")


def _print(speed: "Sequence[Speed]") -> None:
    print(_line("stage", "records", "docs/s", "GB/h", "tokens/s"))
    for row in speed:
        docs, gigabytes, tokens = "–", "–", ""
        if row.seconds >= SHORTEST:
            docs, gigabytes = f"{row.documents_per_second:,.0f}", f"{row.gigabytes_per_hour:,.1f}"
            tokens = "" if row.tokens_per_second is None else f"{row.tokens_per_second:,.0f}"
        print(_line(row.stage, f"{row.documents:,}", docs, gigabytes, tokens))


def _line(stage: str, *cells: str) -> str:
    """Return a line of the table; a cell that is too wide moves the others, and touches none.

    >>> _line("tokens", "30", "1,073", "0.9", "123,687")
    'tokens                             30       1,073      0.9     123,687'
    """
    widths = (10, 11, 8, 11)
    return f"{stage:<26} " + " ".join(f"{c:>{w}}" for c, w in zip(cells, widths, strict=True))
