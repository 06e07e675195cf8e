"""Where a training stands, in numbers."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Point:
    """One row of the loss curve; `train_loss` is the mean since the row before."""

    step: int
    tokens: int
    train_loss: float
    dev_loss: float | None


@dataclass
class Standing:
    """Where the training stands, weights and optimiser apart."""

    phase: int = 0
    at: int = 0
    """Batches of the phase that are done."""
    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    base_dev_loss: float | None = None
    """Before the first step."""
    best_dev_loss: float | None = None
    best_step: int = 0
    worse: int = 0
    """Evaluations since the best one."""
    highest: float = 0.0
    """The most that a loss may be."""
    peak_rss_mb: float = 0.0
    peak_cuda_mb: float | None = None
    losses: list[float] = field(default_factory=list)
    """Since the last row of the curve."""
    curve: list[Point] = field(default_factory=list)
