"""A reward model from ranked pairs: the better answer of each is to have the higher number.

The loss is that of Bradley & Terry (1952), -log sigmoid(r_chosen - r_rejected). Differences fix no
origin and no unit, so at the end the numbers are brought to mean 0 and standard deviation 1.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from random import Random

import numpy as np
import torch
from torch import nn
from torch.nn.functional import logsigmoid
from transformers import get_cosine_schedule_with_warmup

from harness.errors import ModelError
from harness.preferences.pairs import RankedPair
from harness.preferences.policy import Policy
from harness.preferences.reward_model import RewardModel, Row
from harness.stats import effective_size, wilson

WARMUP, CLIP = 0.05, 1.0


@dataclass(frozen=True, slots=True)
class Ranked:
    """How often a reward model ranks pairs as they were ranked, with its 95 % interval."""

    accuracy: float
    """A tie counts half."""
    low: float
    high: float
    pairs: int
    clusters: int


@dataclass(frozen=True, slots=True)
class Fitted:
    """A trained reward model, and what it took."""

    model: RewardModel
    loss: float
    """Mean over the last epoch."""
    tokens: int


def fit(
    policy: Policy,
    pairs: Sequence[RankedPair],
    *,
    epochs: int,
    batch_size: int,
    lr: float,
    seed: int,
    progress: Callable[[int, int], None] = lambda step, total: None,
) -> Fitted:
    """Train a reward model on pairs, beginning as the policy, which is used up.

    Raises:
        ModelError: The loss is not a finite number any more.
    """
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = RewardModel(policy)
        model.adapted.train()
        rows = [(model.row(p.prompt, p.chosen), model.row(p.prompt, p.rejected)) for p in pairs]
        plan = [batch for n in range(epochs) for batch in _batches(len(rows), batch_size, seed, n)]
        moving = [p for p in model.parameters() if p.requires_grad]
        optimizer = torch.optim.AdamW(moving, lr=lr, weight_decay=0.0)
        rise = round(WARMUP * len(plan))
        rate = get_cosine_schedule_with_warmup(optimizer, rise, len(plan))
        losses: list[float] = []
        for step, batch in enumerate(plan, start=1):
            values = model([rows[i][side] for side in (0, 1) for i in batch])
            better, worse = values.split(len(batch))
            loss = -logsigmoid(better - worse).mean()
            losses.append(float(loss.detach()))
            if not isfinite(losses[-1]):
                raise ModelError(
                    f"reward model: the loss is {losses[-1]:g} at step {step}; lower lr"
                )
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(moving, CLIP)
            optimizer.step()
            rate.step()
            progress(step, len(plan))
    last = losses[-max(1, len(plan) // epochs) :]
    read = sum(len(ids) for pair in rows for row in pair for ids in row)
    _standardise(model, rows)
    return Fitted(model, sum(last) / len(last), read * (epochs + 1))


def ranked(model: RewardModel, pairs: Sequence[RankedPair]) -> Ranked:
    """Return how often the model ranks pairs right; the interval allows for clusters."""
    better = model.rewards([model.row(p.prompt, p.chosen) for p in pairs])
    worse = model.rewards([model.row(p.prompt, p.rejected) for p in pairs])
    right = np.array([(a > b) + 0.5 * (a == b) for a, b in zip(better, worse, strict=True)])
    _, labels = np.unique([pair.cluster for pair in pairs], return_inverse=True)
    low, high = wilson(float(right.mean()), effective_size(right, labels))
    return Ranked(float(right.mean()), low, high, len(pairs), int(labels.max()) + 1)


def _standardise(model: RewardModel, rows: Sequence[tuple[Row, Row]]) -> None:
    """Let the answers of the pairs have mean 0 and standard deviation 1."""
    values = np.array(model.rewards([row for pair in rows for row in pair]))
    model.mean.fill_(float(values.mean()))
    model.sd.fill_(float(values.std()) or 1.0)


def _batches(count: int, size: int, seed: int, epoch: int) -> list[list[int]]:
    order = Random(f"pairs {seed} {epoch}").sample(range(count), count)
    return [order[start : start + size] for start in range(0, count, size)]
