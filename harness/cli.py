"""The command line: parse, call, print."""

import json
import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, ParamSpec

import typer

from harness.errors import HarnessError

P = ParamSpec("P")

app = typer.Typer(
    help="RAG, fine-tuning, or both? Put one question set through all of them and compare.\n\n"
    "Start with: harness run benchmarks/pocket.yaml",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
data_app = typer.Typer(help="Check a question set, or make one.", no_args_is_help=True)
pocket_app = typer.Typer(help="The embedded model: train it, measure it.", no_args_is_help=True)
app.add_typer(data_app, name="data")
app.add_typer(pocket_app, name="pocket")

Json = Annotated[bool, typer.Option("--json", help="Print JSON for a machine to read.")]


def told(command: Callable[P, None]) -> Callable[P, None]:
    """Turn what a user can cause into one line and exit status 2."""

    @wraps(command)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except HarnessError as error:
            _fail(str(error))
        except KeyboardInterrupt:
            _fail("interrupted; every finished batch is kept, run the same command to go on")
        except BrokenPipeError:
            os._exit(2)

    return wrapper


def _fail(line: str) -> None:
    print(f"harness: {line}", file=sys.stderr)
    raise typer.Exit(2)


def _prepare(threads: int | None) -> None:
    """Set what must stand before torch is imported; nothing phones home."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # spinning starves a busy neighbour
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("RAGAS_DO_NOT_TRACK", "true")
    if threads is not None:
        os.environ["OMP_NUM_THREADS"] = str(threads)


@app.command()
@told
def run(
    file: Annotated[Path, typer.Argument(help="The benchmark file.", metavar="FILE.yaml")],
    dataset: Annotated[
        str | None, typer.Option(help="A question set in place of the file's: a name or a folder.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the results; default results/<benchmark>.")
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
    as_json: Json = False,
) -> None:
    """Compare the arms of a benchmark file on its questions.

    What is finished is never done again: stop it at any moment and run the same command to go
    on. Exit status: 0 done, 1 done but some questions failed, 2 an error that stops the run.

    Example: harness run benchmarks/pocket.yaml --dataset my/questions --limit 50
    """
    _prepare(threads)
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
    )
    finished = runner.run(file, options, for_terminal())
    if as_json:
        print((finished.folder / "summary.json").read_text(encoding="utf-8"))
    else:
        runner.show(finished)
    if finished.failures:
        raise typer.Exit(1)


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
    from harness.config.records import file_schema

    print(json.dumps(file_schema(), indent=2))


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


@pocket_app.command("pretrain")
@told
def pretrain_(
    out: Annotated[Path, typer.Option(help="Folder for checkpoints and the finished model.")],
    seed: Annotated[int, typer.Option(min=0)] = 0,
    minutes: Annotated[float, typer.Option(min=0.1, help="How long to train.")] = 80.0,
    device: Annotated[str, typer.Option(help="cpu or cuda")] = "cpu",
    threads: Annotated[int | None, typer.Option(min=1)] = None,
) -> None:
    """Train the embedded model from nothing; goes on from the last checkpoint in OUT."""
    _prepare(threads)
    from harness.pocket.pretrain import Progress, pretrain
    from harness.progress import for_terminal

    seconds = round(60 * minutes)
    with for_terminal().task("pretrain pocket", seconds, "s") as advance:

        def show(progress: Progress) -> None:
            advance(round(progress.done * seconds))

        pretrain(out, seed=seed, seconds=seconds, device=device, resume=True, progress=show)
    print(f"wrote {out}")


@pocket_app.command("evaluate")
@told
def evaluate_(
    folder: Annotated[
        Path | None, typer.Option(help="A model folder; default: the one in the package.")
    ] = None,
    questions: Annotated[int, typer.Option(min=10, help="Questions per measurement.")] = 200,
    seed: Annotated[int, typer.Option(min=0)] = 1_000_003,
    threads: Annotated[int | None, typer.Option(min=1)] = None,
    as_json: Json = False,
) -> None:
    """Measure what the embedded model reads, and refuses, on held-out worlds."""
    _prepare(threads)
    from harness.files import encode
    from harness.generation.place import POCKET
    from harness.pocket.evaluate import evaluate

    checks = evaluate(folder or POCKET, questions=questions, seed=seed)
    if as_json:
        print(json.dumps([encode(check) for check in checks]))
    else:
        for check in checks:
            wanted = f"{check.side} {check.target:.2f}{'' if check.reached else '  NOT REACHED'}"
            interval = f"[{check.low:.3f}, {check.high:.3f}]"
            print(f"{check.name:<44}{check.value:.3f} {interval}  n {check.n}  {wanted}")
    if not all(check.reached for check in checks):
        raise typer.Exit(1)


def main() -> None:
    """Run the command line."""
    app()
