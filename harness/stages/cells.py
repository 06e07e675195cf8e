"""The rows of one arm and metric on one split, and what stands in where there is none."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from harness.stats import Numbers
from harness.types import Stats

Ids = tuple[str, ...]

Gap = tuple[Stats, Stats]
"""What stands in for a row that could not be measured: the worst one, the best one."""


@dataclass(frozen=True)
class Cell:
    """One arm and metric on one split."""

    ids: Ids
    """The questions that have a row, in question order."""
    layers: Numbers
    """Their rows by seed, shape (seeds, n, d). Where one seed of several has none, the mean of
    the others stands in."""
    gaps: Mapping[tuple[int, str], Gap]
    """What was not measured, by place of the seed and question, where it has bounds."""
    unmeasured: int
    """Questions to which the metric applies and that have no row from any seed."""
    questions: int
    """How many questions of the split were put to the arm."""
    not_applicable: int
    failures: int
    """Failed answers, over all seeds."""
    seeds: tuple[int, ...]
    bounded: bool
    """Whether something is unmeasured, and all of that has bounds."""

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Where the row of each question is."""
        return {i: n for n, i in enumerate(self.ids)}

    def at(self, ids: Ids) -> Numbers:
        """Return the rows of some of the questions, shape (seeds, len(ids), d)."""
        if ids == self.ids:
            return self.layers
        return np.asarray(self.layers[:, [self.places[i] for i in ids]])

    @cached_property
    def applicable(self) -> Ids:
        """The questions with a row or with bounds in place of one, in no particular order."""
        return tuple(dict.fromkeys((*self.ids, *(i for _, i in self.gaps))))

    @cached_property
    def uncounted(self) -> int:
        """How many questions have a row (x, weight) of weight 0, which no mean or ratio counts."""
        if self.layers.shape[2] != 2:
            return 0
        return int((self.layers[..., 1].sum(axis=0) == 0).sum())

    def extreme(self, ids: Iterable[str], *, best: bool) -> Numbers:
        """Return the summed rows, shape (d,), had all that is unmeasured been worst, or best."""
        total, wanted = np.zeros(self.layers.shape[2]), set(ids)
        for place, layer in enumerate(self.layers):
            for i in wanted:
                gap = self.gaps.get((place, i))
                total = total + (layer[self.places[i]] if gap is None else np.array(gap[best]))
        return np.asarray(total / len(self.layers))
