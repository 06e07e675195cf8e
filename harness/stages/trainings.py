"""What the trainings of a run took, as records for its report."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from harness.costs.price_list import PriceList
from harness.files import read_rows
from harness.results import LossPoint, TrainingRun
from harness.stages.weights import Trained

Trainings = Mapping[tuple[str, int], Trained]
"""By label of the weights and seed."""

CURVE = "curve.jsonl"


@dataclass(frozen=True, slots=True)
class _Point:
    """A row of the file that training leaves beside the weights."""

    step: int
    tokens: int
    train_loss: float
    dev_loss: float | None


def training_runs(trained: Trainings, prices: PriceList) -> list[TrainingRun]:
    """Return the record of every training, with its price."""
    hour = prices.find(prices.machine, "hour").usd
    return [replace(made.run, usd=made.machine_seconds / 3600 * hour) for made in trained.values()]


def loss_curves(trained: Trainings) -> list[LossPoint]:
    """Return the loss curves of every training, one after the other."""
    return [
        LossPoint(
            weights,
            seed,
            point.step,
            point.tokens,
            point.train_loss,
            point.dev_loss,
            chosen=point.step == made.run.best_step,
        )
        for (weights, seed), made in trained.items()
        for point in read_rows(made.folder / CURVE, _Point)
    ]


def training_warnings(trained: Trainings) -> Iterator[str]:
    """Yield what a reader of the results has to know about the trainings."""
    for (weights, seed), made in trained.items():
        run, name = made.run, f"weights {weights!r}, seed {seed}"
        if run.examples_too_long:
            all_of_them = run.examples + run.examples_too_long
            yield (
                f"{name}: {run.examples_too_long:,} of {all_of_them:,} training examples are "
                "longer than the window and were left out"
            )
        if run.dev_loss is None:
            yield f"{name}: no dev loss was taken; the last step was kept"
        elif run.base_dev_loss is not None and run.dev_loss >= run.base_dev_loss:
            yield (
                f"{name}: training did not lower the dev loss ({run.base_dev_loss:.3g} before, "
                f"{run.dev_loss:.3g} at best); try another lr"
            )
