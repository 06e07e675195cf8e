"""The loop that every method shares: steps, a schedule, the dev loss, early stopping."""

import math
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from harness.errors import ModelError
from harness.files import encode
from harness.training.checkpoint import Checkpoint
from harness.training.loss import has_soft_prompt, learned_loss
from harness.training.memory import PeakMemory
from harness.training.pacing import moments, rate
from harness.training.processes import ALONE, Processes
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
    memory: PeakMemory
    checkpoint: Checkpoint | None = None
    processes: Processes = ALONE


class Loop:
    """Trains the parameters that require a gradient."""

    def __init__(self, task: Task, plans: Sequence[Sequence[Sequence[Row]]]) -> None:
        """Prepare for the batches of each phase."""
        self._task = task
        self._plans = plans
        self._steps = sum(map(len, plans))
        self._trained = [p for p in task.model.parameters() if p.requires_grad]
        self._best: list[torch.Tensor] = []
        self.standing = Standing()
        self.resumed = False
        """Whether it went on from a checkpoint."""

    def run(self, dev: Sequence[Row]) -> Standing:
        """Train; with dev rows, end with the weights of the best step of the last phase.

        Goes on from the checkpoint where there is one. The same rows, seed and number of
        threads give the same weights on a CPU, however often it was interrupted.

        Raises:
            ModelError: The loss is not a finite number any more, or exploded.
        """
        kept = self._read()
        if kept is not None:
            self.resumed = True
            self._resume(kept)
        self._start = self._task.clock() - self.standing.seconds
        if dev and self.standing.base_dev_loss is None:
            self.standing.base_dev_loss = self._base_dev_loss(dev)
        for phase in range(self.standing.phase, len(self._plans)):
            self._phase(phase, dev if phase == len(self._plans) - 1 else [], kept)
            kept = None
        self._measure()
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
        pace = torch.optim.lr_scheduler.LambdaLR(optimizer, rate(recipe, len(plan)))
        if kept is not None:
            optimizer.load_state_dict(kept["optimizer"])
            pace.load_state_dict(kept["rate"])
        else:
            s.phase, s.at, s.best_dev_loss, s.worse = phase, 0, None, 0
            self._best = self._copy() if dev else []
        evaluate = moments(len(plan), recipe.evaluations) if dev else frozenset()
        report = moments(len(plan), ROWS_OF_CURVE) | evaluate
        while s.at < len(plan) and s.worse < recipe.patience:
            try:
                loss = self._learn(plan[s.at], optimizer)
            except ModelError:
                self._keep(optimizer, pace)  # what was good until here
                raise
            pace.step()
            s.losses.append(loss)
            s.at += 1
            if s.at in report:
                self._note(self._evaluate(dev) if s.at in evaluate else None)
            if self._task.checkpoint is not None and self._task.checkpoint.due:
                self._keep(optimizer, pace)
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
        loss, n = None, 0
        if mine := task.processes.share(batch):
            data = collate(mine, task.pad, task.device)
            with self._half():
                loss, n = learned_loss(task.model, data, seq2seq=task.seq2seq)
        total, count = task.processes.summed(0.0 if loss is None else float(loss.detach()) * n, n)
        value = total / count
        s.highest = s.highest or EXPLODED * max(value, task.guessing)
        if not math.isfinite(value) or value > s.highest:
            raise ModelError(
                f"training: the loss is {value:g} at step {s.step + 1}; lower lr "
                f"(now {task.lr:g}) or clip (now {task.recipe.clip:g})"
            )
        optimizer.zero_grad()
        if loss is not None:
            (loss * (n / count)).backward()  # type: ignore[no-untyped-call]
        task.processes.sum_gradients(self._trained)
        nn.utils.clip_grad_norm_(self._trained, task.recipe.clip)
        optimizer.step()
        s.step += 1
        s.tokens += sum(row.tokens for row in batch)
        s.peak_rss_mb = max(s.peak_rss_mb, task.memory.rss_mb())
        task.progress(s.step, self._steps, value)
        return value

    def _evaluate(self, dev: Sequence[Row]) -> float:
        """Return the mean loss per learned token of all dev rows together."""
        task = self._task
        task.model.eval()
        ordered = sorted(dev, key=lambda row: row.tokens)
        total = count = 0.0
        size = task.recipe.batch_size
        batches = [ordered[start : start + size] for start in range(0, len(ordered), size)]
        for batch in task.processes.share(batches):
            with torch.inference_mode(), self._half():
                data = collate(batch, task.pad, task.device)
                loss, n = learned_loss(task.model, data, seq2seq=task.seq2seq)
            total, count = total + float(loss) * n, count + n
        total, count = task.processes.summed(total, count)
        return total / count

    def _base_dev_loss(self, dev: Sequence[Row]) -> float:
        """Return the dev loss of the base model: vectors before the prompt are left out."""
        model: Any = self._task.model
        with model.disable_adapter() if has_soft_prompt(model) else nullcontext():
            return self._evaluate(dev)

    def _read(self) -> dict[str, Any] | None:
        """Return the checkpoint that the first process finds: all go on from the same."""
        checkpoint, processes = self._task.checkpoint, self._task.processes
        if checkpoint is None:
            return None
        return processes.from_first(checkpoint.read() if processes.first else None)

    def _keep(self, optimizer: torch.optim.Optimizer, pace: Any) -> None:
        """Write a checkpoint, where they are kept."""
        checkpoint = self._task.checkpoint
        if checkpoint is None or not self._task.processes.first:
            return
        self._measure()
        checkpoint.write(
            {
                "standing": encode(self.standing),
                "trained": self._copy(),
                "best": self._best,
                "optimizer": optimizer.state_dict(),
                "rate": {k: v for k, v in pace.state_dict().items() if k != "lr_lambdas"},
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

    def _measure(self) -> None:
        """Note how long it took and the most memory, those of interrupted runs included."""
        s, task = self.standing, self._task
        s.seconds = task.clock() - self._start
        s.peak_rss_mb = max(s.peak_rss_mb, task.memory.rss_mb())
        if (cuda := task.memory.cuda_mb()) is not None:
            s.peak_cuda_mb = max(s.peak_cuda_mb or 0.0, cuda)

    def _copy(self) -> list[torch.Tensor]:
        return [p.detach().clone() for p in self._trained]

    def _restore(self, weights: Sequence[torch.Tensor]) -> None:
        with torch.no_grad():
            for parameter, weight in zip(self._trained, weights, strict=True):
                parameter.copy_(weight)
