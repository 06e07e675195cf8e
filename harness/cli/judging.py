"""Commands about judges of faithfulness: measure one against people, train the offline one."""

import json
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.told import Json, prepare, told

judge_app = typer.Typer(
    help="Measure a judge of faithfulness against people, or train the offline one.",
    no_args_is_help=True,
)


@judge_app.command()
@told
def evaluate(
    file: Annotated[
        Path,
        typer.Argument(
            help="Rows {premise, hypothesis, label, dataset, split}; .jsonl or .csv, .gz too.",
            metavar="FILE",
        ),
    ],
    judge: Annotated[str, typer.Option(help="Name of the judge.")] = "offline",
    benchmark: Annotated[
        Path | None, typer.Option(help="Take the judge, with its options, from this file instead.")
    ] = None,
    split: Annotated[str, typer.Option(help="Only rows of this split.")] = "",
    dataset: Annotated[
        list[str] | None, typer.Option(help="Only this data set; give it several times.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most N rows of each data set, drawn at random.")
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=1.0,
            help="Call a pair supported from this score on, not by the judge's verdicts.",
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder in which judgements are kept.")] = Path(
        "results/judges"
    ),
    max_usd: Annotated[
        float | None, typer.Option(min=0.0, help="Judge only where the estimate is below this.")
    ] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads at most.")] = None,
    as_json: Json = False,
) -> None:
    """Compare a judge with human labels: AUROC, balanced accuracy and kappa a data set.

    Label 1 says that the premise supports all that the hypothesis says. What is judged is kept:
    stop it at any moment and run the same command to go on.

    Example: harness judge evaluate pairs.jsonl --judge lexical --split test
    """
    prepare(threads)
    from harness.agreement.evaluation import as_text
    from harness.agreement.evaluation import evaluate as measure
    from harness.artefacts import Artefacts
    from harness.config.load import load_benchmark
    from harness.config.records import Judge
    from harness.costs.price_list import load_prices
    from harness.data.pairs import read_pairs, select
    from harness.files import encode
    from harness.progress import for_terminal
    from harness.runner import alone

    config, prices = Judge(type=judge), "cpu-2026"
    if benchmark is not None:
        described = load_benchmark(benchmark)
        config, prices = described.judge, described.prices
    if max_usd is not None:
        config = config.model_copy(update={"max_usd": max_usd})
    pairs = select(read_pairs(file), file, split=split, datasets=dataset or (), limit=limit)
    with alone(out):
        found = measure(
            config, pairs, Artefacts(out), load_prices(prices), for_terminal(), threshold
        )
    print(json.dumps(encode(found), ensure_ascii=False) if as_json else as_text(found))


@judge_app.command("train")
@told
def train_(
    out: Annotated[Path, typer.Option(help="Folder to write the weights into.")],
    labelled: Annotated[
        Path | None, typer.Option(help="Labelled pairs to learn from besides the made ones.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads at most.")] = None,
) -> None:
    """Train the weights of the offline judge."""
    prepare(threads)
    from harness.entailment.train import train
    from harness.progress import for_terminal

    train(out, labelled, seed, for_terminal())
    print(f"wrote {out}")
