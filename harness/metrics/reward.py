"""What the benchmark's own reward model thinks of an answer."""

from collections.abc import Sequence
from typing import Protocol

from harness.stats import Numbers, ratio
from harness.types import Case, ContextType, Question, Stats


class Rewards(Protocol):
    """Answers to numbers."""

    @property
    def signature(self) -> str:
        """What the numbers come from."""
        ...

    def __call__(self, cases: Sequence[Case]) -> list[float]:
        """Return a number for each answer; more is better."""
        ...


class Reward:
    """Mean reward; a row is (reward, 1).

    The reward has no bounds, so a failed answer has none: it is shown as failed and the mean is
    of the others. The unit is the standard deviation of the answers the reward model learned from.
    """

    unit = "sd"
    higher_is_better = True

    def __init__(self, rewards: Rewards) -> None:
        """Take the reward model; it is opened with the first answers."""
        self._rewards = rewards
        self.signature = f"reward|{rewards.signature}"

    def applies(self, question: Question, context: ContextType) -> bool:
        """Return true: every answer has a reward, right or wrong."""
        return True

    def worst(self, question: Question) -> Stats | None:
        """Return None: no number is the worst."""
        return None

    def best(self, question: Question) -> Stats | None:
        """Return None: no number is the best."""
        return None

    def measure(self, cases: Sequence[Case]) -> list[Stats | None]:
        """Return (reward, 1) per case."""
        return [(value, 1.0) for value in self._rewards(cases)]

    def reduce(self, sums: Numbers) -> Numbers:
        """Return the mean."""
        return ratio(sums)
