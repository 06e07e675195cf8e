"""The command that measures retrieval apart from generation."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.comparing import app
from harness.cli.told import Json, prepare, told

if TYPE_CHECKING:
    from harness.retrieving.outcome import Outcome


SPLITS = 3
"""Of more splits only the table of all questions is printed; the page has every one."""


@app.command()
@told
def retrieve(
    file: Annotated[
        Path | None, typer.Argument(help="The benchmark file.", metavar="FILE.yaml")
    ] = None,
    dataset: Annotated[
        str | None, typer.Option(help="A question set in place of the file's: a name or a folder.")
    ] = None,
    split: Annotated[str, typer.Option(help="dev, test or all.")] = "test",
    limit: Annotated[
        int | None, typer.Option(min=1, help="Ask only N questions: a sample, fair to splits.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the results; default results/NAME, NAME being the file's."),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Only this retriever; give it several times.")
    ] = None,
    k: Annotated[str, typer.Option(help="Depths of the measures, in documents.")] = "1,5,10,20",
    tune: Annotated[
        bool,
        typer.Option("--tune", help="Choose the weights of fusions on dev, or train without dev."),
    ] = False,
    trec_run: Annotated[
        list[Path] | None,
        typer.Option(help="A TREC run made elsewhere, as one more system; give it several times."),
    ] = None,
    qrels: Annotated[
        Path | None, typer.Option(help="Score --trec-run against this file, without a benchmark.")
    ] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads at most.")] = None,
    as_json: Json = False,
) -> None:
    """Run every retriever of a benchmark on the questions with gold documents; no model answers.

    Measures hit, recall, precision, MRR, nDCG and MAP with intervals and paired tests, times
    index and search, and writes tables, plots and TREC files. What is finished is never done
    again. Exit status: 0 done, 2 an error.

    Example: harness retrieve benchmarks/retrievers.yaml --dataset my/questions --tune
    """
    prepare(threads)
    from harness.errors import ConfigError
    from harness.progress import for_terminal
    from harness.retrieving import run
    from harness.retrieving.writing import write_outcome

    options = run.Options(
        dataset=dataset,
        split=split,
        limit=limit,
        out=out,
        only=tuple(only or ()),
        depths=_depths(k),
        tune=tune,
        threads=threads,
        runs=tuple(trec_run or ()),
    )
    if (file is None) == (qrels is None):
        raise ConfigError("give a benchmark file, or --qrels with --trec-run, and not both")
    progress = for_terminal()
    if file is not None:
        found = run.retrieve(file, options, progress)
    else:
        assert qrels is not None
        found = run.score_runs(qrels, options, progress)
    problems = write_outcome(found)
    if as_json:
        from harness.files import encode

        print(json.dumps(encode(found.summaries)))
    else:
        _print(found, problems)


def _depths(text: str) -> tuple[int, ...]:
    from harness.errors import ConfigError

    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise ConfigError(f"--k {text}: give whole numbers from 1 with commas, such as 1,5,10")
    return tuple(sorted({int(part) for part in parts}))


def _print(found: "Outcome", problems: list[str]) -> None:
    from rich.console import Console
    from rich.text import Text

    from harness.report.terminal import fitted, rich_table
    from harness.retrieving.tables import difference_table, in_words, quality_tables, time_table

    console = Console()
    splits = [*quality_tables(found)]
    shown = splits if len(splits) <= SPLITS else splits[-1:]
    for made in (*shown, difference_table(found), time_table(found)):
        if made is not None:
            console.print(rich_table(fitted(made, console.width)))
    for trial in found.trials:
        if trial.chosen:
            console.print(in_words(trial), markup=False, highlight=False)
    for line in (*found.warnings, *problems):
        console.print(f"warning: {line}", style="yellow", markup=False, highlight=False)
    path = Text(f"\nTables, plots, TREC files: {found.folder}", overflow="fold")
    console.print(path, highlight=False, soft_wrap=True)
