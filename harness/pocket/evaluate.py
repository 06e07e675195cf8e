"""What pocket can do on worlds it has never seen: `harness pocket evaluate`."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Literal

from harness.generation.local import LocalModel
from harness.pocket.prompt import prompt
from harness.pocket.scenes import Item, Scene, pool, scene
from harness.text.normalize import has_tokens
from harness.text.refusal import is_refusal
from harness.types import Failure, Message, Request

MAX_TOKENS = 40
NAMED = 0.45  # the share of sentences that name their subject in the shipped data sets
Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Check:
    """One measured share.

    Attributes:
        name: What was counted.
        value: The share, in [0, 1].
        low: Lower end of the 95 % interval (Wilson 1927).
        high: Upper end.
        n: Questions.
        target: What the share should be.
        side: Whether `target` is a lower or an upper limit.
    """

    name: str
    value: float
    low: float
    high: float
    n: int
    target: float
    side: Literal["at least", "at most"]

    @property
    def reached(self) -> bool:
        """Return whether the share is on the right side of its target."""
        return self.value >= self.target if self.side == "at least" else self.value <= self.target


def evaluate(
    folder: Path, *, questions: int = 400, seed: int = 0, device: str = "cpu"
) -> tuple[Check, ...]:
    """Measure a model folder, greedily, `questions` questions a check.

    Args:
        folder: What `pretrain` wrote.
        questions: Questions per check.
        seed: Which held-out worlds; none of them is one of pre-training.
        device: Where the model runs.
    """
    model = LocalModel(str(folder), device=device)
    one = list(_cases(seed, "one", questions, passages=1))
    five = list(_cases(seed, "five", questions, passages=5))
    missing = list(_cases(seed, "missing", questions, passages=4, refusals=1.0))
    said_one, said_five = read(model, one), read(model, five)
    said_missing = read(model, missing)
    said_blind = read(model, [Scene((), case.items) for case in one])
    false = [is_refusal(text) for text in (*said_one, *said_five)]
    return (
        _check("gold passage alone", _right(one, said_one), 0.95, "at least"),
        _check("gold among five passages", _right(five, said_five), 0.85, "at least"),
        _check("no passage", _right(one, said_blind), 0.03, "at most"),
        _check("refusal on unanswerable", map(is_refusal, said_missing), 0.80, "at least"),
        _check("false refusal", false, 0.05, "at most"),
    )


def read(model: LocalModel, cases: Sequence[Scene]) -> list[str]:
    """Return the greedy answers to scenes of one question each, in the order of the cases."""
    requests = [
        Request((Message("user", prompt(c.passages, c.items[0].question)),), MAX_TOKENS)
        for c in cases
    ]
    said = dict(model.complete_many(requests))
    outcomes = [said[i] for i in range(len(cases))]
    return ["" if isinstance(o, Failure) else o.text.strip() for o in outcomes]


def wilson(right: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927).

    >>> [round(limit, 3) for limit in wilson(95, 100)]
    [0.888, 0.978]
    """
    share, z = right / n, Z
    center = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, center - half), min(1.0, center + half)


def _cases(
    seed: int, name: str, questions: int, *, passages: int, refusals: float = 0.0
) -> Iterator[Scene]:
    """Yield scenes of one question each, a world of its own for each."""
    for index in range(questions):
        rng = Random(f"evaluate/{seed}/{name}/{index}")
        world = pool(rng.getrandbits(48), index, named=NAMED)
        yield scene(rng, world, passages=passages, items=1, refusals=refusals)


def _right(cases: Sequence[Scene], said: Sequence[str]) -> list[bool]:
    items: list[Item] = [case.items[0] for case in cases]
    return [has_tokens(text, item.value) for item, text in zip(items, said, strict=True)]


def _check(
    name: str,
    outcomes: Iterable[bool],
    target: float,
    side: Literal["at least", "at most"],
) -> Check:
    results = list(outcomes)
    low, high = wilson(sum(results), len(results))
    return Check(name, sum(results) / len(results), low, high, len(results), target, side)
