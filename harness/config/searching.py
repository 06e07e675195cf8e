"""The tables of settings that are tried: a search on dev, and arms that differ in one number."""

import re
from collections.abc import Mapping
from itertools import product
from random import Random
from typing import Annotated, Any

from pydantic import AfterValidator, Field, field_validator

from harness.config.strict import Section
from harness.config.values import Names

Setting = Mapping[str, Any]
"""Values by the path of what they set, `context.k` say."""


class Tune(Section):
    """Settings of arms to be chosen on the development questions, with as many trials for each."""

    metric: str = ""
    """What is best; empty: the primary metric."""
    trials: int | None = Field(default=None, ge=1)
    """Trials of each arm; None: every combination, which must be as many for each."""
    seed: int = 0
    """Which combinations are tried where there are more than trials."""
    arms: dict[str, dict[str, tuple[Any, ...]]] = Field(min_length=1)
    """Values to try by arm and path."""

    @field_validator("arms", mode="before")
    @classmethod
    def _lists(cls, arms: Any) -> Any:
        for arm, lists in arms.items() if isinstance(arms, Mapping) else ():
            for path, values in lists.items() if isinstance(lists, Mapping) else ():
                if not isinstance(values, list | tuple) or not values:
                    raise ValueError(f"{arm}: {path}: give a list of values to try")
        return arms

    @field_validator("arms")
    @classmethod
    def _each_value_once(
        cls, arms: dict[str, dict[str, tuple[Any, ...]]]
    ) -> dict[str, dict[str, tuple[Any, ...]]]:
        for arm, lists in arms.items():
            if not lists:
                raise ValueError(f"{arm!r} has nothing to try; give lists, as in context.k: [2, 4]")
            for path, values in lists.items():
                for n, value in enumerate(values):
                    if value in values[:n]:
                        raise ValueError(f"{arm}: {path}: {value} stands twice")
        return arms

    def grid(self, arm: str) -> list[Setting]:
        """Return every combination of an arm's values, the last path changing fastest."""
        lists = self.arms[arm]
        return [dict(zip(lists, values, strict=True)) for values in product(*lists.values())]

    def settings(self, arm: str) -> list[Setting]:
        """Return the combinations to try: all, or a seeded draw of as many as there are trials."""
        found = self.grid(arm)
        if self.trials is None or len(found) <= self.trials:
            return found
        drawn = Random(f"{self.seed} {arm}").sample(range(len(found)), self.trials)
        return [found[n] for n in sorted(drawn)]


def _names_a_plot(series: str) -> str:
    if not re.fullmatch(r"\w[\w-]*", series):
        raise ValueError("a series is called by letters, digits, '_' and '-': it names a plot")
    return series


SeriesName = Annotated[str, AfterValidator(_names_a_plot)]


class Series(Section):
    """Arms that differ in one number, to be drawn as curves of the primary metric over it."""

    x: str
    """Path of the number, `weights.rows` say."""
    curves: dict[str, Annotated[tuple[str, ...], Field(min_length=2)]] = Field(min_length=1)
    """Arms of each curve by its name."""
    beside: Names = ()
    """Arms to compare with, drawn as level lines."""
    log: bool = False
    """Whether the axis of the number is logarithmic."""
