"""How a training goes on: its rate at each step, and the steps at which it is looked at."""

import math
from collections.abc import Callable

from harness.training.recipe import Recipe


def rate(recipe: Recipe, steps: int) -> Callable[[int], float]:
    """Return the share of the peak rate at each step: a linear rise, then a cosine to 0."""
    rise = max(1, round(recipe.warmup_share * steps))

    def share(step: int) -> float:
        if step < rise:
            return (step + 1) / rise
        return 0.5 * (1 + math.cos(math.pi * (step - rise) / max(1, steps - rise)))

    return share


def moments(steps: int, times: int) -> frozenset[int]:
    """Return so many steps, evenly spaced, the last one always among them."""
    times = min(times, steps)
    return frozenset(round(steps * n / times) for n in range(1, times + 1))
