"""Measures of training: what a run says of its weights, and what peft counts."""

from functools import cache
from math import prod

from harness.claims.checks import Fact, Parameters, Training
from harness.claims.evidence import Found, Missing, exact, once
from harness.claims.run import FinishedRun, Row, number

_COLUMNS = {
    "trainable share": ("trainable_parameters", "total_parameters"),
    "peak memory": ("peak_memory_mb",),
    "seconds per token": ("seconds", "tokens"),
    "artefact size": ("artefact_mb",),
}

_UNITS = {
    "trainable share": "share",
    "peak memory": "MB",
    "seconds per token": "s",
    "artefact size": "MB",
    "gain": "nats",
}


def training(run: FinishedRun, check: Training, of: str, over: str = "") -> Found:
    """Return a figure of an arm's training, the mean over seeds, or it over another arm's."""
    found = []
    for arm in filter(None, (of, over)):
        label = run.benchmark.arms[arm].weights
        rows = [row for row in run.training if row["weights"] == label]
        each = [_figure(run, check.field, row) for row in rows]
        known = [figure for figure in each if figure is not None]
        if not known or len(known) < len(each):
            return Missing(f"no {check.field} of the weights {label!r} of {arm}")
        found.append(sum(known) / len(known))
    counted = check.field in ("trainable share", "artefact size")
    figure, unit = found[0], _UNITS[check.field]
    if over:
        if not found[1]:
            return Missing(f"the {check.field} of {over} is 0: there is no ratio")
        figure, unit = found[0] / found[1], "ratio"
    return exact(figure, unit) if counted else once(figure, unit, check.measured_once)


def lora_parameters(check: Parameters) -> Found:
    """Return how many parameters peft makes trainable in one linear layer."""
    return exact(_counted(check.inputs, check.outputs, check.r), "parameters")


def fact(run: FinishedRun, check: Fact) -> Found:
    """Return 1 where a recorded yes or no is yes for every model, else 0."""
    told = run.facts.get(check.fact)
    answers = list(told.values()) if isinstance(told, dict) else [told]
    if not answers or not all(isinstance(answer, bool) for answer in answers):
        return Missing(
            f"run.json has no {check.fact!r}: nothing was trained, or not by this version"
        )
    return exact(float(all(answers)), "yes or no", len(answers))


def _figure(run: FinishedRun, field: str, row: Row) -> float | None:
    where = run.folder / "training.csv"
    if field == "gain":
        before, after = (number(row, c, where) for c in ("base_dev_loss", "dev_loss"))
        return None if before is None or after is None else before - after
    first, *rest = (number(row, column, where) for column in _COLUMNS[field])
    if first is None or not all(rest):
        return None
    return first / prod(divisor for divisor in rest if divisor)


@cache
def _counted(inputs: int, outputs: int, r: int) -> int:
    """Let peft wrap such a layer, and count what it would train; heavy imports."""
    from peft import LoraConfig, get_peft_model
    from torch import nn

    layer = nn.Sequential()
    layer.add_module("linear", nn.Linear(inputs, outputs, bias=False))
    wrapped = get_peft_model(layer, LoraConfig(r=r, target_modules=["linear"]))
    return sum(p.numel() for p in wrapped.parameters() if p.requires_grad)
