"""A labelled pair: what is read, what is claimed, and whether the one says the other."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pair:
    """One example; `source` names the maker and the change, or the labelled data set."""

    premise: str
    hypothesis: str
    label: int
    """1 where the premise says the hypothesis, else 0."""
    source: str
