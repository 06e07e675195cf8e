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
    method: str = ""
    """How the interval was made."""
    unmeasured: int = 0
    """Questions without a number: usage that was not reported, a judge without a verdict."""
    lowest: float | None = None
    """The value, had what is unmeasured turned out as low as can be; None where nothing is, or
    where there is no such number."""
    highest: float | None = None
    seed_sd: float | None = None
    """Standard deviation over the training seeds; None where there is one."""
    seed_low: float | None = None
    """Student's 95 % interval of the mean over the seeds alone."""
    seed_high: float | None = None


Role = Literal["primary contrast", "exploratory"]
"""A contrast of the benchmark file on its primary metric, or any other comparison."""


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
    method: str = ""
    """How the interval was made."""
    test: str = ""
    """Where p comes from."""
    p_holm: float | None = None
    """p corrected for the number of comparisons of this role on this metric and split."""
    role: Role = "exploratory"
    effect_size: float | None = None
    """The difference in standard deviations of a cluster's difference; None where they are 0."""
    detectable: float | None = None
    """The least difference that such a run finds in four of five cases."""
    lowest: float | None = None
    """The difference, had what is unmeasured turned out best for `b` and worst for `a`."""
    highest: float | None = None
    seed_sd: float | None = None
    seed_low: float | None = None
    seed_high: float | None = None


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
    contrast: str = ""
    """The arms, first minus second for a simple effect; empty for a verdict."""
    method: str = ""


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
    base_dev_loss: float | None = None
    """The dev loss before the first step: what the base model is worth on the same rows."""
    tokens_per_second: float | None = None
    flops: float | None = None
    """About 2 a parameter for every token, 2 more where a gradient passes, 2 more where the
    parameter moves; embeddings and attention left out (Kaplan et al. 2020, sec. 2.1)."""
    peak_rss_mb: float | None = None
    """Most resident memory of the process; `peak_memory_mb` is this, or the GPU's where there is
    one."""
    rss_before_mb: float | None = None
    """What of it was there before the model was loaded: libraries, data, earlier arms."""
    peak_cuda_mb: float | None = None
    """Most memory of tensors on the GPU; None without one."""
    energy_kwh: float | None = None
    """Of the whole machine; None where codecarbon is absent or the training was interrupted."""
    examples_too_long: int = 0
    """Examples that the window does not hold: left out, never cut."""
    processes: int = 1
    """Over which every batch was split."""
    usd: float | None = None
    """What its machine-seconds cost."""


@dataclass(frozen=True, slots=True)
class LossPoint:
    """One row of the loss curve of one set of weights."""

    weights: str
    seed: int
    step: int
    tokens: int
    train_loss: float
    """Mean since the row before, nats a learned token."""
    dev_loss: float | None
    """None where it was not taken at this step."""
    chosen: bool
    """Whether the weights of this step were kept."""


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
class FourCells:
    """How often an arm was given a gold document, and was right: counts of questions."""

    arm: str
    seed: int
    split: str
    metric: str
    cut: float
    """An answer is right from this value of the metric on; 1 for a yes/no metric."""
    n: int
    """Questions in the four cells."""
    retrieved_right: int
    retrieved_wrong: int
    missed_right: int
    missed_wrong: int
    unmeasured: int
    """Questions beside them, whose metric has no value or whose reading is not known."""


@dataclass(frozen=True, slots=True)
class BreakEven:
    """From how many questions on arm `a` is cheaper in total than arm `b`."""

    a: str
    b: str
    questions: float | None
    """None where no number of questions makes it so, or a cost is unknown; the note says which."""
    note: str
