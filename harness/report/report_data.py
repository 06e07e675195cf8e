"""All that a report is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.report.curves import Series
from harness.report.tuning import Trial
from harness.results import (
    BreakEven,
    CostItem,
    Effect,
    FourCells,
    LossPoint,
    Pair,
    Score,
    Span,
    Summary,
    TrainingRun,
)


@dataclass(frozen=True, slots=True)
class ArmDescription:
    """One arm in words, for the reader of a table."""

    name: str
    model: str
    weights: str
    """`base`, or the name of the trained weights."""
    context: str
    """`none`, or what the arm reads, `retrieved, k = 4` say."""
    prompt: str
    given: str
    """What it was given, in a few words: stands beside its name in every table."""
    confounded: str = ""
    """In what else it differs from the others (model, decoding); empty where in nothing."""


@dataclass(frozen=True, slots=True)
class ReportData:
    """The records of one run; every sequence may be empty, and the report then says so."""

    benchmark: str
    dataset: str
    arms: Sequence[ArmDescription]
    """In the order in which every table and plot shows them."""
    primary: str
    """The metric of the headline."""
    summaries: Sequence[Summary]
    also: Sequence[str] = ()
    """The other metrics to show, in order; `summary.csv` holds all."""
    floors: Sequence[ArmDescription] = ()
    """What needs no model at all (the majority value, say); stands below a line."""
    contrasts: Sequence[tuple[str, str]] = ()
    """The pairs of arms that the headline compares, first minus second."""
    pairs: Sequence[Pair] = ()
    effects: Sequence[Effect] = ()
    training: Sequence[TrainingRun] = ()
    training_curve: Sequence[LossPoint] = ()
    spans: Sequence[Span] = ()
    costs: Sequence[CostItem] = ()
    break_evens: Sequence[BreakEven] = ()
    four_cells: Sequence[FourCells] = ()
    scores: Sequence[Score] = ()
    """For `scores.csv` only."""
    slices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Extra columns of `scores.csv`: name of the question's field to {question id: value}."""
    tuning: Sequence[Trial] = ()
    series: Sequence[Series] = ()
    prices: str = ""
    """Name of the price list behind the costs."""
    warnings: Sequence[str] = ()
    facts: Mapping[str, object] = field(default_factory=dict)
    """What `run.json` says of the run: plain data."""

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits that have summaries, test-seen first; `all` is left to the csv."""
        first = ("test-seen", "test-new", "test-unanswerable")
        found = dict.fromkeys(s.split for s in self.summaries if s.split != "all")
        return (*(s for s in first if s in found), *(s for s in found if s not in first))

    @property
    def scored_splits(self) -> tuple[str, ...]:
        """The splits on which the primary metric has a value for any arm."""
        found = {
            s.split for s in self.summaries if s.metric == self.primary and s.value is not None
        }
        return tuple(split for split in self.splits if split in found)

    @property
    def names(self) -> tuple[str, ...]:
        """The arms' names in their order."""
        return tuple(arm.name for arm in self.arms)

    def summary(self, arm: str, split: str, metric: str) -> Summary | None:
        """Return one cell of the result table, if there is one."""
        for s in self.summaries:
            if (s.arm, s.split, s.metric) == (arm, split, metric):
                return s
        return None

    def pair(self, a: str, b: str, split: str, metric: str) -> Pair | None:
        """Return `a` minus `b`, turned round where only `b` minus `a` is known."""
        for p in self.pairs:
            if (p.split, p.metric) == (split, metric):
                if (p.a, p.b) == (a, b):
                    return p
                if (p.a, p.b) == (b, a):
                    return _turned(p)
        return None


def _turned(p: Pair) -> Pair:
    return replace(
        p,
        a=p.b,
        b=p.a,
        difference=_minus(p.difference),
        low=_minus(p.high),
        high=_minus(p.low),
        effect_size=_minus(p.effect_size),
        lowest=_minus(p.highest),
        highest=_minus(p.lowest),
        seed_low=_minus(p.seed_high),
        seed_high=_minus(p.seed_low),
    )


def _minus(number: float | None) -> float | None:
    return None if number is None else -number
