"""Fits what is trained: the pair classifier by gradient descent, the regressions by L-BFGS."""

from collections.abc import Sequence
from random import Random

import numpy as np
import torch
from scipy.optimize import minimize
from torch import nn

from harness.judges.classifier import PairClassifier, Reading
from harness.judges.encoder import collate, framed
from harness.progress import Progress
from harness.protocols import Numbers

BATCH, POOL = 32, 20
RATE, WARM_UP, CLIP, SMOOTHING = 5e-4, 50, 1.0, 0.02
RIDGE = 1e-3


def fit_classifier(
    readings: Sequence[Reading], labels: Sequence[int], seed: int, progress: Progress
) -> PairClassifier:
    """Return a classifier trained for one pass over the pairs, in the order of their batches.

    AdamW with a linear warm-up and decay, cross-entropy with smoothed labels.
    """
    torch.manual_seed(seed)
    classifier = PairClassifier()
    trained = [p for p in classifier.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=RATE, weight_decay=0.01)
    plan = _batches(readings, Random(seed))
    classifier.train()
    with progress.task("pair classifier", len(plan), "batches") as advance:
        for step, batch in enumerate(plan, start=1):
            for group in optimizer.param_groups:
                group["lr"] = RATE * min(step / WARM_UP, 1 - (step - 1) / len(plan))
            tokens, parts = collate([framed(*readings[i]) for i in batch])
            wanted = torch.tensor([float(labels[i]) for i in batch])
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = classifier(tokens, parts)
            wanted = wanted * (1 - 2 * SMOOTHING) + SMOOTHING
            loss = nn.functional.binary_cross_entropy_with_logits(logits.float(), wanted)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(trained, CLIP)
            optimizer.step()
            advance(step)
    classifier.eval()
    return classifier


def fit_regression(rows: Numbers, labels: Numbers, weights: Numbers) -> tuple[Numbers, float]:
    """Return slopes, none below 0, and the intercept of a logistic regression.

    Every column is such that more of it speaks for support, so a slope below 0 would only follow
    an accident of the sample.

    Args:
        rows: Shape (n, d).
        labels: 0 or 1, shape (n,).
        weights: How much each row counts, shape (n,).
    """
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    scaled = (rows - mean) / spread
    count = rows.shape[1]

    def loss(at: Numbers) -> tuple[float, Numbers]:
        z = scaled @ at[:count] + at[count]
        slack = weights * (1 / (1 + np.exp(-z)) - labels)
        value = (weights * (np.logaddexp(0, z) - labels * z)).sum() / weights.sum()
        gradient = np.append(scaled.T @ slack, slack.sum()) / weights.sum()
        ridge = np.append(at[:count], 0.0) * RIDGE
        return value + (ridge * at).sum() / 2, gradient + ridge

    bounds = [(0.0, None)] * count + [(None, None)]
    at = minimize(loss, np.zeros(count + 1), jac=True, bounds=bounds, method="L-BFGS-B").x
    slopes = at[:count] / spread
    return slopes, float(at[count] - slopes @ mean)


def _batches(readings: Sequence[Reading], rng: Random) -> list[list[int]]:
    """Return batches of about one length each, in random order."""
    order = list(range(len(readings)))
    rng.shuffle(order)
    plan = []
    for start in range(0, len(order), BATCH * POOL):
        pool = order[start : start + BATCH * POOL]
        pool.sort(key=lambda i: len(readings[i][0]) + len(readings[i][1]))
        plan += [pool[n : n + BATCH] for n in range(0, len(pool), BATCH)]
    rng.shuffle(plan)
    return plan
