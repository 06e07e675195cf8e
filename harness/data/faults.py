"""What is wrong with a question set and where: raised at the first fault, or collected."""

from dataclasses import dataclass, field
from typing import Protocol

from harness.errors import DataError


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a row stands."""

    file: str
    line: int | None = None
    """From 1; for Parquet files and the hub the row, None where the whole file is meant."""
    part: str = ""
    """Where in a nested file, such as `data[3].paragraphs[0]`."""

    def __str__(self) -> str:
        line = "" if self.line is None else f":{self.line}"
        return f"{self.file}{line}{': ' if self.part else ''}{self.part}"


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong, and what to do about it."""

    place: Place
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}; {self.remedy}"


class Findings(Protocol):
    """Where readers and rules report; after an error they go on with the next row."""

    def error(self, place: Place, problem: str, remedy: str) -> None:
        """Report what makes the set unusable."""
        ...

    def warning(self, place: Place, problem: str, remedy: str) -> None:
        """Report what makes the set worse than it could be."""
        ...


class Strict:
    """Raises at the first error and lets warnings pass."""

    def error(self, place: Place, problem: str, remedy: str) -> None:
        """Raise a `DataError` of one line."""
        raise DataError(str(Fault(place, problem, remedy)))

    def warning(self, place: Place, problem: str, remedy: str) -> None:
        """Do nothing."""


@dataclass(slots=True)
class Collected:
    """Keeps everything that was reported, in that order."""

    errors: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)

    def error(self, place: Place, problem: str, remedy: str) -> None:
        """Keep the error."""
        self.errors.append(Fault(place, problem, remedy))

    def warning(self, place: Place, problem: str, remedy: str) -> None:
        """Keep the warning."""
        self.warnings.append(Fault(place, problem, remedy))
