"""From evidence to one probability; the trained numbers, and how they are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from harness.judges.alignment import Evidence
from harness.judges.classifier import PairClassifier
from harness.judges.features import features, similarities, texts_of
from harness.judges.states import States
from harness.protocols import Numbers

FILE = "entailment.safetensors"
FLOOR = 1.0
"""Below about minus this, how badly the words fail no longer matters, and meaning decides."""

SIMILARITY, PAIR = 2.2, 0.1
"""What whole-sentence similarity and the classifier's logit count beside the log-odds of the words.
Set by hand: the labelled pairs that may be trained on repeat their premise more than people do who
say a thing in words of their own, and the made pairs are of the kind that the classifier knows."""

_MOST, _GRADE = 0.49, 0.29
"""A refuted claim scores at most this, and keeps so much of the order among its like."""


@dataclass(frozen=True, slots=True)
class Regression:
    """A logistic regression over the features, and how its outcome becomes a probability."""

    slopes: Numbers
    intercept: float
    scale: float = 1.0
    shift: float = 0.0

    def combined(self, rows: Numbers, similar: Numbers, logits: Numbers) -> Numbers:
        """Return one number for words, similarity and the classifier's logit, shape (n,)."""
        odds = rows @ self.slopes + self.intercept
        return np.logaddexp(0.0, odds + FLOOR) + SIMILARITY * similar + PAIR * logits

    def scores(
        self, rows: Numbers, similar: Numbers, logits: Numbers, refuted: Sequence[bool]
    ) -> Numbers:
        """Return probabilities, were as many claims supported as not; shape (n,)."""
        z = self.scale * self.combined(rows, similar, logits) + self.shift
        scores: Numbers = 1 / (1 + np.exp(-z))
        capped = np.minimum(scores, _MOST - _GRADE * (1 - scores))
        return np.where(refuted, capped, scores)


class Head:
    """All that is loaded to score evidence."""

    def __init__(self, folder: Path) -> None:
        """Read what `save` has written, ready to score."""
        tensors = load_file(folder / FILE)
        slopes = tensors.pop("slopes").numpy()
        rest = (float(tensors.pop(name)) for name in ("intercept", "scale", "shift"))
        self._regression = Regression(slopes, *rest)
        self._classifier = PairClassifier()
        trained = {name: tensor.float() for name, tensor in tensors.items()}
        self._classifier.load_state_dict(trained, strict=False)
        self._classifier.quantise()
        self._states = States()

    def scores(self, evidence: Sequence[Evidence], batch_size: int) -> list[float]:
        """Return for each how probable it is that the passages say the claim, in (0, 1)."""
        states = self._states.of(texts_of(evidence), batch_size)
        logits = self._classifier.logits([(e.claim, e.chosen) for e in evidence], batch_size)
        found = self._regression.scores(
            features(evidence, states),
            similarities(evidence, states),
            np.array(logits),
            [e.refuted for e in evidence],
        )
        return [float(score) for score in found]


def save(folder: Path, classifier: PairClassifier, regression: Regression) -> None:
    """Write the trained numbers, the network's in 16 bits; MiniLM comes with its own package."""
    tensors = {n: p.detach().half() for n, p in classifier.named_parameters() if p.requires_grad}
    numbers = {
        "slopes": regression.slopes,
        "intercept": regression.intercept,
        "scale": regression.scale,
        "shift": regression.shift,
    }
    tensors |= {name: torch.tensor(value, dtype=torch.float64) for name, value in numbers.items()}
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / FILE)
