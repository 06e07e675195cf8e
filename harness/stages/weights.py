"""Training questions and documents to weights: one artefact for each set and seed."""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from harness import registry
from harness.files import digest, folder_digest, read_rows, source_digest, write_rows, write_text
from harness.lineage.shown import FILE, Shown, write_shown
from harness.results import TrainingRun
from harness.stages import ranking
from harness.stages.examples import Examples, examples, questions_of
from harness.stages.job import Job
from harness.stages.models import model_identity
from harness.stages.preferring import prefer
from harness.stages.starting import Start, check_start

if TYPE_CHECKING:
    from harness.training.recipe import Method
    from harness.training.segments import Example

SECONDS_BETWEEN_CHECKPOINTS = 20.0

SOURCE = (
    "training", "generation", "text", "judges/claims", "judges/words", "lineage/shown",
    "stages/examples", "stages/models", "stages/weights",
)  # fmt: skip
"""The code that the content of weights depends on."""

ALSO_SOURCE = ("stages/preferring", *ranking.SOURCE)
"""Where they go on from others."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A folder of weights, and what it took to make them."""

    folder: Path
    run: TrainingRun
    spent: Mapping[str, float]
    """Machine-seconds, of all processes, by artefact: its own, and those of the weights that it
    goes on from, which are charged in full."""

    @property
    def machine_seconds(self) -> float:
        """What it took in all."""
        return sum(self.spent.values())


def train_all(job: Job) -> dict[tuple[str, int], Trained]:
    """Return every set of weights that an arm names, with every seed; made where it is not there.

    Raises:
        DataError: There is nothing to train on.
        ConfigError: Weights go on from others that do not fit them.
    """
    named = dict.fromkeys(arm.weights for arm in job.benchmark.arms.values() if arm.type == "model")
    labels = [label for label in named if label != "base"]
    for label in labels:
        check_start(job, label)
    return {(label, seed): trained(job, label, seed) for label in labels for seed in job.seeds}


def trained(job: Job, label: str, seed: int) -> Trained:
    """Return one set of weights, and first those that it goes on from."""
    config = job.benchmark.weights[label]
    train, dev = questions_of(job, label, seed)
    earlier = trained(job, config.start, seed) if config.start else None
    tokens = config.tokens or job.benchmark.training.tokens_per_weights
    made_of = {
        "weights": config.model_dump(exclude={"start", "shards"}),
        "from": earlier.folder.name if earlier else "",
        "model": model_identity(job.benchmark.models[config.model]),
        "prompt": job.prompt(config.prompt),
        "train": digest(train),
        "dev": digest(dev),
        "documents": job.corpus_digest if "documents" in config.sees else "",
        "index": job.retrievals[config.retriever].key if "passages" in config.sees else "",
        "shards": folder_digest(Path(config.shards) / "shards") if config.shards else "",
        "tokens": tokens,
        "seed": seed,
        "device": job.device_type,
        "source": source_digest(*dict.fromkeys((*SOURCE, *(ALSO_SOURCE if earlier else ())))),
    }
    unfinished = job.artefacts.path("weights", made_of).with_suffix(".unfinished")

    def make(part: Path) -> None:
        shown = examples(job, label, train, dev, seed)
        start = Start(config.start, earlier.folder) if earlier else None
        _train(job, label, shown, start, seed, tokens, part, unfinished)

    folder = job.artefacts.build("weights", made_of, make)
    shutil.rmtree(unfinished, ignore_errors=True)
    record = (folder / "training.json").read_bytes()
    build = json.loads((folder / "build.json").read_text(encoding="utf-8"))
    made = TypeAdapter(TrainingRun).validate_json(record)
    own = made.seconds * build["machines"] * made.processes
    return Trained(folder, made, {**(earlier.spent if earlier else {}), folder.name: own})


def _train(
    job: Job,
    label: str,
    shown: Examples,
    start: Start | None,
    seed: int,
    tokens: int,
    folder: Path,
    unfinished: Path,
) -> None:
    from harness.preferences.preference import Preference

    config = job.benchmark.weights[label]
    method = registry.create("training", config.type, config.options, f"weights.{label}")
    name = label if len(job.seeds) == 1 else f"{label}, seed {seed}"
    if isinstance(method, Preference):
        assert start is not None
        prefer(job, label, name, method, start, shown, seed, tokens, folder)
    else:
        _learn(job, label, name, method, start, shown, seed, tokens, folder, unfinished)
    phases: dict[str, Sequence[Example]] = dict(zip(config.sees, shown.phases, strict=True))
    write_shown(folder, {**phases, "dev": shown.watched})
    if start is not None:
        write_rows(folder / FILE, [*_before(start), *read_rows(folder / FILE, Shown)])
    write_text(folder / "build.json", json.dumps({"machines": job.machines}))


def _learn(
    job: Job,
    label: str,
    name: str,
    method: "Method",
    start: Start | None,
    shown: Examples,
    seed: int,
    tokens: int,
    folder: Path,
    unfinished: Path,
) -> None:
    """Train on examples, from the base or from where other weights stand."""
    from harness.training.checkpoint import Checkpoint
    from harness.training.continuing import Continued
    from harness.training.trainer import train as run_training

    config = job.benchmark.weights[label]
    with job.progress.task(f"train {name}", tokens, "tokens") as advance:
        run_training(
            method if start is None else Continued(method, start.folder),
            shown.phases,
            shown.watched,
            job.benchmark.models[config.model].path,
            folder,
            seed=seed,
            tokens=tokens,
            device=job.device,
            weights=label,
            sees=" + ".join(config.sees),
            rendering=shown.rendering,
            progress=lambda step, total, loss: advance(round(tokens * step / max(total, 1))),
            checkpoint=Checkpoint(
                unfinished, unfinished.stem, SECONDS_BETWEEN_CHECKPOINTS, perf_counter
            ),
        )


def _before(start: Start) -> Iterator[Shown]:
    """Yield what the weights were shown that training went on from."""
    for row in read_rows(start.folder / FILE, Shown):
        yield replace(row, phase=f"{start.label} {row.phase}")
