"""Commands about benchmarks: run, report, list, schema."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.told import Json, prepare, told

if TYPE_CHECKING:
    from harness.stages.plan import Plan

app = typer.Typer(
    rich_markup_mode="markdown",  # paragraphs of a docstring are filled to the terminal's width
    help="RAG, fine-tuning, or both? Put one question set through all of them and compare.\n\n"
    "Start with: harness run benchmarks/pocket.yaml",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.command()
@told
def run(
    file: Annotated[Path, typer.Argument(help="The benchmark file.", metavar="FILE.yaml")],
    dataset: Annotated[
        str | None, typer.Option(help="A question set in place of the file's: a name or a folder.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the results; default results/NAME, NAME being the file's."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Ask only N test questions: a sample, fair to splits.")
    ] = None,
    seed: Annotated[
        list[int] | None, typer.Option(help="Training seed; give it several times for several.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Run only this arm; give it several times for several.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps")] = "auto",
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads at most.")] = None,
    retry_failures: Annotated[
        bool, typer.Option("--retry-failures", help="Ask questions that failed once more.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the file, say what is left to do, and stop.")
    ] = False,
    max_usd: Annotated[
        float | None, typer.Option(min=0.0, help="Judge only where the estimate is below this.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Compare the arms of a benchmark file on its questions.

    What is finished is never done again: stop it at any moment and run the same command to go
    on. Exit status: 0 done, 1 done but some questions failed, 2 an error that stops the run.

    Example: harness run benchmarks/pocket.yaml --dataset my/questions --limit 50
    """
    prepare(threads)
    from harness import runner
    from harness.progress import for_terminal

    options = runner.Options(
        dataset=dataset,
        out=out,
        limit=limit,
        seeds=tuple(seed or ()),
        only=tuple(only or ()),
        device=device,
        threads=threads,
        retry_failures=retry_failures,
        max_usd=max_usd,
    )
    if dry_run:
        _print_plan(runner.plan(file, options, for_terminal()), as_json=as_json)
        return
    finished = runner.run(file, options, for_terminal())
    if as_json:
        from harness.files import encode

        print(json.dumps(encode(finished.records.summaries)))
    else:
        runner.show(finished)
    if finished.failures:
        raise typer.Exit(1)


def _print_plan(plan: "Plan", *, as_json: bool) -> None:
    from harness.files import encode
    from harness.stages.plan import as_text

    print(json.dumps(encode(plan)) if as_json else as_text(plan))


@app.command()
@told
def report(
    folder: Annotated[Path, typer.Argument(help="A folder of results.", metavar="RUN")],
) -> None:
    """Make tables, plots and pages again from the rows of a run; runs no model."""
    from harness import runner

    runner.show(runner.report(folder))


@app.command("list")
@told
def list_(
    kind: Annotated[str, typer.Argument(help="dataset, prompt, prices, or a kind of plug-in.")],
    as_json: Json = False,
) -> None:
    """List the names that may stand in a benchmark file."""
    from harness import catalogue

    names = catalogue.names(kind)
    if as_json:
        print(json.dumps(dict(names)))
        return
    width = max(map(len, names), default=0)
    for name, what in names.items():
        print(f"{name:<{width}}  {what}")


@app.command()
@told
def schema() -> None:
    """Print the JSON Schema of benchmark files, for editors."""
    from harness.config.schema import file_schema

    print(json.dumps(file_schema(), indent=2))
