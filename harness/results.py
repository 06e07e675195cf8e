"""The records of a result: scores, cells of tables, comparisons, training, time and money."""

from dataclasses import dataclass
from typing import Literal

from harness.types import Stats

Status = Literal["ok", "failed", "not applicable", "unmeasured"]
"""`failed` counts with the worst score; the last two have no value, for a known reason."""


@dataclass(frozen=True, slots=True)
class Score:
    """One metric on one prediction."""

    arm: str
    seed: int
    split: str
    question: str
    metric: str
    value: float | None
    """None where the status is not ok or failed, or one question alone defines no value."""
    status: Status
    stats: Stats = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """One cell of the result table: a metric of one arm on one split, with its 95 % interval."""

    arm: str
    split: str
    metric: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    failures: int
    clusters: int
    largest_cluster: int
    seeds: int
    unit: str
    higher_is_better: bool
    signature: str
    note: str = ""
    """Why a value or an interval is missing, or is to be read with care."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Arm `a` minus arm `b` on the questions of one split, paired, with its 95 % interval."""

    a: str
    b: str
    split: str
    metric: str
    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    n: int
    clusters: int
    seeds: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect of the 2 x 2 (weights x passages), or a verdict drawn from pairs of arms."""

    effect: str
    split: str
    metric: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    clusters: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """What it took to make one set of weights."""

    weights: str
    seed: int
    method: str
    sees: str
    examples: int
    trainable_parameters: int
    total_parameters: int
    steps: int
    tokens: int
    seconds: float
    train_loss: float
    dev_loss: float | None
    """None where there was nothing to measure it on."""
    best_step: int
    peak_memory_mb: float
    artefact_mb: float
    device: str


@dataclass(frozen=True, slots=True)
class Span:
    """How long one step of one answer took, at batch size 1."""

    arm: str
    question: str
    order: int
    """Position in the interleaved schedule: drift of the machine shows against it."""
    span: str
    """embed, search, rerank, prompt, first_token, decode or total."""
    ms: float


@dataclass(frozen=True, slots=True)
class CostItem:
    """One line of an arm's bill."""

    arm: str
    basis: Literal["one-off", "per question", "per question, batch 1"]
    item: str
    quantity: float | None
    """None where it was not measured: the cost is then unknown, not zero."""
    unit: str
    usd_per_unit: float
    usd: float | None
    source: str


@dataclass(frozen=True, slots=True)
class BreakEven:
    """From how many questions on arm `a` is cheaper in total than arm `b`."""

    a: str
    b: str
    questions: float | None
    """None where no number of questions makes it so, or a cost is unknown; the note says which."""
    note: str
