"""The record of arms that differ in one number."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Curve:
    """The arms of one curve by their number, in rising order."""

    name: str
    points: tuple[tuple[float, str], ...]
    """(the number, name of the arm)."""


@dataclass(frozen=True, slots=True)
class Series:
    """Curves of the primary metric over one number in which arms differ."""

    name: str
    x: str
    """Path of the number, `weights.rows` say."""
    curves: tuple[Curve, ...]
    beside: tuple[str, ...] = ()
    """Arms to compare with, drawn as level lines."""
    log: bool = False

    @property
    def plot(self) -> str:
        """Name of the plot's files."""
        return f"series_{self.name}"
