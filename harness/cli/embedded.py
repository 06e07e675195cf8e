"""Commands about the embedded model: train it, measure it."""

import json
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.told import Json, prepare, told

pocket_app = typer.Typer(help="The embedded model: train it, measure it.", no_args_is_help=True)


@pocket_app.command("pretrain")
@told
def pretrain_(
    out: Annotated[Path, typer.Option(help="Folder for checkpoints and the finished model.")],
    seed: Annotated[int, typer.Option(min=0)] = 0,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Length in steps: gives the same model each time.")
    ] = None,
    minutes: Annotated[float, typer.Option(min=0.1, help="Length in time, without --steps.")] = 95,
    text: Annotated[
        list[Path] | None, typer.Option(help="A file of English prose to learn from as well.")
    ] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda")] = "cpu",
    threads: Annotated[int | None, typer.Option(min=1)] = None,
) -> None:
    """Train the embedded model from nothing; goes on from the last checkpoint in OUT."""
    prepare(threads)
    from harness.pocket.english import english
    from harness.pocket.pretrain import Progress, pretrain
    from harness.progress import for_terminal

    total, unit = (steps, "steps") if steps else (round(60 * minutes), "s")
    with for_terminal().task("pretrain pocket", total, unit) as advance:

        def show(progress: Progress) -> None:
            advance(round(progress.done * total))

        pretrain(
            out,
            seed=seed,
            steps=steps,
            seconds=None if steps else total,
            device=device,
            resume=True,
            progress=show,
            texts=english(text or ()),
        )
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
    prepare(threads)
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
