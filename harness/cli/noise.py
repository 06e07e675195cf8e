"""The command that compares an arm with itself."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.comparing import app
from harness.cli.told import Json, prepare, told

if TYPE_CHECKING:
    from harness.noise import Noise


@app.command()
@told
def aa(
    file: Annotated[Path, typer.Argument(help="The benchmark file.", metavar="FILE.yaml")],
    arm: Annotated[
        str, typer.Option(help="The arm; without, the first that reads retrieved passages.")
    ] = "",
    limit: Annotated[
        int | None, typer.Option(min=1, help="Ask only N test questions: a sample, fair to splits.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the results; default results/NAME, NAME being the file's."),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps")] = "auto",
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads at most.")] = None,
    as_json: Json = False,
) -> None:
    """Compare an arm with itself, asked in batches of other sizes: the noise floor.

    Prints how many texts differ, what that does to every metric, and whether a test calls the arm
    better than itself. A difference between two arms that is no larger than this means nothing.
    Exit status: 0, or 1 where a test does.

    Example: harness aa benchmarks/pocket.yaml --limit 100
    """
    prepare(threads)
    from harness.config.overrides import Options
    from harness.noise import noise_floor
    from harness.progress import for_terminal

    options = Options(out=out, limit=limit, device=device, threads=threads)
    found = noise_floor(file, options, arm, for_terminal())
    if as_json:
        from harness.files import encode

        print(json.dumps(encode(found.rows)))
    else:
        _print(found)
    if found.rejected:
        raise typer.Exit(1)


def _print(found: "Noise") -> None:
    from harness.report.numbers import interval, p_value, signed

    print(f"{found.arm} against itself on {found.questions} questions")
    for row in found.texts:
        differ = row.difference or 0.0
        ends = interval(row.low, row.high, "share")
        print(f"{row.a} / {row.b}: {differ:.1%} of the texts differ {ends}")
    for row in found.moved:
        shown = f"{signed(row.difference, 'share')} {interval(row.low, row.high, 'share')}"
        print(f"{row.metric} on {row.split}, {row.a} − {row.b}: {shown}, p {p_value(row.p)}")
    tests = sum(row.p is not None for row in found.rows)
    print(f"{len(found.moved)} of {tests} comparisons of metrics move at all")
    if found.rejected:
        print(f"{len(found.rejected)} tests call the arm better than itself: see noise.csv")
    else:
        print("no test calls the arm better than itself")
