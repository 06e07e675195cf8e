"""The loop that every method shares: steps, a schedule, the dev loss, early stopping."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psutil
import torch
from torch import nn

from harness.errors import ModelError
from harness.training.loss import learned_loss
from harness.training.recipe import Recipe
from harness.training.rows import Row, collate

Progress = Callable[[int, int, float], None]
"""Is told after each step: the step, how many there will be at most, the training loss."""

ROWS_OF_CURVE = 100


@dataclass(frozen=True, slots=True)
class Point:
    """One row of the loss curve; `train_loss` is the mean since the row before."""

    step: int
    tokens: int
    train_loss: float
    dev_loss: float | None


@dataclass(frozen=True, slots=True)
class Task:
    """What one model is trained with, phase after phase."""

    model: nn.Module
    seq2seq: bool
    pad: int
    device: torch.device
    recipe: Recipe
    lr: float
    progress: Progress


class Loop:
    """Trains the parameters that require a gradient; `curve` grows as it goes."""

    def __init__(self, task: Task, steps: int) -> None:
        """Prepare for at most so many steps in all phases together."""
        self._task = task
        self._steps = steps
        self._trained = [p for p in task.model.parameters() if p.requires_grad]
        self._process = psutil.Process()
        self.curve: list[Point] = []
        self.step = 0
        self.tokens = 0
        self.best_step = 0
        self.best_dev_loss: float | None = None
        self.peak_memory_mb = 0.0

    def run(self, plan: Sequence[Sequence[Row]], dev: Sequence[Row]) -> None:
        """Train on these batches; with dev rows, end with the weights of the best step.

        Raises:
            ModelError: The loss is not a finite number any more.
        """
        recipe, losses = self._task.recipe, list[float]()
        optimizer = torch.optim.AdamW(
            self._trained, lr=self._task.lr, weight_decay=recipe.weight_decay, fused=True
        )
        rate = torch.optim.lr_scheduler.LambdaLR(optimizer, _rate(recipe, len(plan)))
        evaluate = _moments(len(plan), recipe.evaluations) if dev else frozenset()
        report = _moments(len(plan), ROWS_OF_CURVE) | evaluate
        best = self._copy()
        self.best_dev_loss, worse = None, 0
        for step, batch in enumerate(plan, start=1):
            losses.append(self._learn(batch, optimizer))
            rate.step()
            if step not in report:
                continue
            dev_loss = self._evaluate(dev) if step in evaluate else None
            mean = sum(losses) / len(losses)
            self.curve.append(Point(self.step, self.tokens, mean, dev_loss))
            losses.clear()
            if dev_loss is None:
                continue
            if self.best_dev_loss is None or dev_loss < self.best_dev_loss:
                self.best_dev_loss, self.best_step, best, worse = (
                    dev_loss,
                    self.step,
                    self._copy(),
                    0,
                )
            else:
                worse += 1
            if worse == recipe.patience:
                break
        if dev:
            self._restore(best)
        else:
            self.best_step = self.step

    @property
    def train_loss(self) -> float:
        """The mean training loss just before the weights that were kept."""
        return next(p.train_loss for p in reversed(self.curve) if p.step == self.best_step)

    def _learn(self, batch: Sequence[Row], optimizer: torch.optim.Optimizer) -> float:
        task = self._task
        task.model.train()
        data = collate(batch, task.pad, task.device)
        with self._half():
            loss, _ = learned_loss(task.model, data, seq2seq=task.seq2seq)
        value = float(loss.detach())
        if not math.isfinite(value):
            raise ModelError(
                f"training: the loss is {value} at step {self.step + 1}; lower lr "
                f"(now {task.lr:g}) or clip (now {task.recipe.clip:g})"
            )
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self._trained, task.recipe.clip)
        optimizer.step()
        self.step += 1
        self.tokens += data.tokens
        self.peak_memory_mb = max(self.peak_memory_mb, self._memory_mb())
        task.progress(self.step, self._steps, value)
        return value

    def _evaluate(self, dev: Sequence[Row]) -> float:
        """Return the mean loss per learned token of all dev rows together."""
        task = self._task
        task.model.eval()
        ordered = sorted(dev, key=lambda row: row.tokens)
        total = count = 0.0
        for start in range(0, len(ordered), task.recipe.batch_size):
            batch = ordered[start : start + task.recipe.batch_size]
            with torch.inference_mode(), self._half():
                data = collate(batch, task.pad, task.device)
                loss, n = learned_loss(task.model, data, seq2seq=task.seq2seq)
            total, count = total + float(loss) * n, count + n
        return total / count

    def _half(self) -> torch.autocast:
        """Compute in bfloat16 where there is a GPU; weights and sums keep their type."""
        kind = self._task.device.type
        return torch.autocast(kind, torch.bfloat16, enabled=kind == "cuda")

    def _memory_mb(self) -> float:
        if self._task.device.type == "cuda":
            return torch.cuda.max_memory_allocated(self._task.device) / 1e6
        return float(self._process.memory_info().rss) / 1e6

    def _copy(self) -> list[torch.Tensor]:
        return [p.detach().clone() for p in self._trained]

    def _restore(self, weights: Sequence[torch.Tensor]) -> None:
        with torch.no_grad():
            for parameter, weight in zip(self._trained, weights, strict=True):
                parameter.copy_(weight)


def _rate(recipe: Recipe, steps: int) -> Callable[[int], float]:
    """Return the share of the peak rate at each step: a linear rise, then a cosine to 0."""
    rise = max(1, round(recipe.warmup_share * steps))

    def share(step: int) -> float:
        if step < rise:
            return (step + 1) / rise
        return 0.5 * (1 + math.cos(math.pi * (step - rise) / max(1, steps - rise)))

    return share


def _moments(steps: int, times: int) -> frozenset[int]:
    """Return so many steps, evenly spaced, the last one always among them."""
    times = min(times, steps)
    return frozenset(round(steps * n / times) for n in range(1, times + 1))
