"""The loop that every method shares: steps, a schedule, the dev loss, early stopping."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psutil
import torch
from torch import nn

from harness.errors import ModelError
from harness.files import encode
from harness.training.checkpoint import Checkpoint
from harness.training.loss import learned_loss
from harness.training.recipe import Recipe
from harness.training.rows import Row, collate
from harness.training.standing import Point, Standing

Progress = Callable[[int, int, float], None]
"""Is told after each step: the step, how many there will be at most, the training loss."""

ROWS_OF_CURVE = 100
EXPLODED = 3.0
"""A loss so many times that of guessing among all tokens is no training any more."""


@dataclass(frozen=True, slots=True)
class Task:
    """What one model is trained with, phase after phase."""

    model: nn.Module
    seq2seq: bool
    pad: int
    device: torch.device
    recipe: Recipe
    lr: float
    guessing: float
    """The loss of guessing among all tokens, in nats: ln of the vocabulary."""
    progress: Progress
    clock: Callable[[], float]
    checkpoint: Checkpoint | None = None


class Loop:
    """Trains the parameters that require a gradient."""

    def __init__(self, task: Task, plans: Sequence[Sequence[Sequence[Row]]]) -> None:
        """Prepare for the batches of each phase."""
        self._task = task
        self._plans = plans
        self._steps = sum(map(len, plans))
        self._trained = [p for p in task.model.parameters() if p.requires_grad]
        self._best: list[torch.Tensor] = []
        self._process = psutil.Process()
        self.standing = Standing()

    def run(self, dev: Sequence[Row]) -> Standing:
        """Train; with dev rows, end with the weights of the best step of the last phase.

        Goes on from the checkpoint where there is one. The same rows, seed and number of
        threads give the same weights on a CPU, however often it was interrupted.

        Raises:
            ModelError: The loss is not a finite number any more, or exploded.
        """
        kept = self._task.checkpoint.read() if self._task.checkpoint else None
        if kept is not None:
            self._resume(kept)
        self._start = self._task.clock() - self.standing.seconds
        if dev and self.standing.base_dev_loss is None:
            self.standing.base_dev_loss = self._evaluate(dev)
        for phase in range(self.standing.phase, len(self._plans)):
            self._phase(phase, dev if phase == len(self._plans) - 1 else [], kept)
            kept = None
        self.standing.seconds = self._task.clock() - self._start
        return self.standing

    @property
    def train_loss(self) -> float:
        """The mean training loss just before the weights that were kept."""
        s = self.standing
        return next(p.train_loss for p in reversed(s.curve) if p.step == s.best_step)

    def _phase(self, phase: int, dev: Sequence[Row], kept: dict[str, Any] | None) -> None:
        recipe, plan, s = self._task.recipe, self._plans[phase], self.standing
        optimizer = torch.optim.AdamW(
            self._trained, lr=self._task.lr, weight_decay=recipe.weight_decay, fused=True
        )
        rate = torch.optim.lr_scheduler.LambdaLR(optimizer, _rate(recipe, len(plan)))
        if kept is not None:
            optimizer.load_state_dict(kept["optimizer"])
            rate.load_state_dict(kept["rate"])
        else:
            s.phase, s.at, s.best_dev_loss, s.worse = phase, 0, None, 0
            self._best = self._copy() if dev else []
        evaluate = _moments(len(plan), recipe.evaluations) if dev else frozenset()
        report = _moments(len(plan), ROWS_OF_CURVE) | evaluate
        while s.at < len(plan) and s.worse < recipe.patience:
            try:
                loss = self._learn(plan[s.at], optimizer)
            except ModelError:
                self._keep(optimizer, rate)  # what was good until here
                raise
            rate.step()
            s.losses.append(loss)
            s.at += 1
            if s.at in report:
                self._note(self._evaluate(dev) if s.at in evaluate else None)
            if self._task.checkpoint is not None and self._task.checkpoint.due:
                self._keep(optimizer, rate)
        if dev:
            self._restore(self._best)
        else:
            s.best_step = s.step

    def _note(self, dev_loss: float | None) -> None:
        """Write a row of the curve, and keep the weights where they are the best so far."""
        s = self.standing
        s.curve.append(Point(s.step, s.tokens, sum(s.losses) / len(s.losses), dev_loss))
        s.losses.clear()
        if dev_loss is None:
            return
        if s.best_dev_loss is None or dev_loss < s.best_dev_loss:
            s.best_dev_loss, s.best_step, s.worse = dev_loss, s.step, 0
            self._best = self._copy()
        else:
            s.worse += 1

    def _learn(self, batch: Sequence[Row], optimizer: torch.optim.Optimizer) -> float:
        task, s = self._task, self.standing
        task.model.train()
        data = collate(batch, task.pad, task.device)
        with self._half():
            loss, _ = learned_loss(task.model, data, seq2seq=task.seq2seq)
        value = float(loss.detach())
        s.highest = s.highest or EXPLODED * max(value, task.guessing)
        if not math.isfinite(value) or value > s.highest:
            raise ModelError(
                f"training: the loss is {value:g} at step {s.step + 1}; lower lr "
                f"(now {task.lr:g}) or clip (now {task.recipe.clip:g})"
            )
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self._trained, task.recipe.clip)
        optimizer.step()
        s.step += 1
        s.tokens += data.tokens
        s.peak_memory_mb = max(s.peak_memory_mb, self._memory_mb())
        task.progress(s.step, self._steps, value)
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

    def _keep(self, optimizer: torch.optim.Optimizer, rate: Any) -> None:
        """Write a checkpoint, where they are kept."""
        checkpoint = self._task.checkpoint
        if checkpoint is None:
            return
        self.standing.seconds = self._task.clock() - self._start
        checkpoint.write(
            {
                "standing": encode(self.standing),
                "trained": self._copy(),
                "best": self._best,
                "optimizer": optimizer.state_dict(),
                "rate": {k: v for k, v in rate.state_dict().items() if k != "lr_lambdas"},
                "random": torch.get_rng_state(),
                "random_cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
            }
        )

    def _resume(self, kept: dict[str, Any]) -> None:
        standing = dict(kept["standing"])
        standing["curve"] = [Point(**point) for point in standing["curve"]]
        self.standing = Standing(**standing)
        self._restore(kept["trained"])
        self._best = [weight.to(self._task.device) for weight in kept["best"]]
        kept["rate"]["lr_lambdas"] = [None]
        torch.set_rng_state(kept["random"])
        if kept["random_cuda"]:
            torch.cuda.set_rng_state_all(kept["random_cuda"])

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
