"""What a verdict is about: model, size, question set, machine."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path

from harness.claims.run import FinishedRun, number
from harness.errors import ModelError
from harness.files import folder_digest
from harness.generation.place import locate
from harness.report.numbers import significant

_CHANGE_THE_BASE = ("full", "last-layers", "bitfit", "layer-norms")
"""Methods that train parameters of the model itself; others add theirs to it."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom and what a verdict is about; it says nothing of others."""

    models: tuple[str, ...]
    parameters: int | None
    """Of the base model; None where the run does not know, or had several."""
    dataset: str
    hardware: str

    @property
    def model(self) -> str:
        """The models with their size in words."""
        size = (
            "size unknown" if self.parameters is None else f"{_short(self.parameters)} parameters"
        )
        return f"{' and '.join(self.models)} ({size})"


def scope(run: FinishedRun, arms: Sequence[str]) -> Scope:
    """Return what these arms of a run are; of all its arms where none is named."""
    named = arms or tuple(run.benchmark.arms)
    labels = dict.fromkeys(a.model for n in named if (a := run.benchmark.arms[n]).model)
    models = {label: run.benchmark.models[label].path for label in labels}
    sizes = {size for label in models if (size := _size(run, label)) is not None}
    return Scope(
        tuple(models.values()),
        sizes.pop() if len(models) == 1 and sizes else None,
        run.dataset,
        _hardware(run),
    )


def _size(run: FinishedRun, model: str) -> int | None:
    """Return the parameters of a base model, from what was trained on it, else from its files."""
    where, sizes = run.folder / "training.csv", []
    for row in run.training:
        weights = run.benchmark.weights.get(row["weights"])
        total, trained = (number(row, f"{w}_parameters", where) for w in ("total", "trainable"))
        if weights is not None and weights.model == model and None not in (total, trained):
            own = weights.type in _CHANGE_THE_BASE
            sizes.append(int((total or 0) - (0 if own else trained or 0)))
    return max(sizes, default=None) or _size_of_files(run, model)


def _size_of_files(run: FinishedRun, model: str) -> int | None:
    """Count the numbers in a model's safetensors, where it is the folder that was run."""
    from safetensors import safe_open

    told = run.facts["identity"].get("models", {}).get(model, {})
    try:
        place = locate(run.benchmark.models[model].path)
    except ModelError:
        return None
    if not isinstance(place, Path) or told.get("is") != folder_digest(place):
        return None
    total = 0
    for path in sorted(place.glob("*.safetensors")):
        with safe_open(path, framework="np") as file:
            total += sum(prod(file.get_slice(name).get_shape()) for name in file.keys())  # noqa: SIM118
    return total or None


def _hardware(run: FinishedRun) -> str:
    machine = run.facts.get("machine")
    if not isinstance(machine, dict):
        return "unknown hardware"
    gpus = [str(gpu) for gpu in machine.get("gpus") or ()]
    cores = f"{machine.get('processor', 'unknown processor')}, {machine.get('cores', '?')} cores"
    return ", ".join([*gpus, cores])


def _short(parameters: int) -> str:
    for size, letter in ((10**9, " billion"), (10**6, " million")):
        if parameters >= size:
            return f"{significant(parameters / size)}{letter}"
    return f"{parameters:,}"
