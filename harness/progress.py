"""What a person sees while work goes on: bars in a terminal, plain lines elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from time import monotonic
from typing import Protocol

Advance = Callable[[int], None]
"""Takes how many units are done by now."""


class Progress(Protocol):
    """Told of every long step; it decides what to show."""

    def task(self, name: str, total: int, unit: str) -> AbstractContextManager[Advance]:
        """Return a context manager that gives the function to call with units done so far."""
        ...

    def say(self, line: str) -> None:
        """Show one line that stays."""
        ...


class Silent:
    """Shows nothing: for tests and for use from Python."""

    @contextmanager
    def task(self, name: str, total: int, unit: str) -> Iterator[Advance]:
        """Ignore the units."""
        yield lambda done: None

    def say(self, line: str) -> None:
        """Ignore the line."""


class Lines:
    """Plain lines, at most one in ten seconds per task: for logs and pipes."""

    def __init__(self, write: Callable[[str], object] | None = None) -> None:
        self._write = write or sys.stderr.write

    @contextmanager
    def task(self, name: str, total: int, unit: str) -> Iterator[Advance]:
        """Print how far the task is now and then, and how long it took at its end."""
        start = last = monotonic()
        reached = 0

        def advance(done: int) -> None:
            nonlocal last, reached
            reached = done
            if (now := monotonic()) - last >= 10:
                last = now
                left = (now - start) / max(done, 1) * (total - done)
                self.say(f"{name}: {done:,} of {total:,} {unit}, about {left:.0f} s left")

        yield advance
        self.say(f"{name}: {reached:,} {unit} in {monotonic() - start:.1f} s")

    def say(self, line: str) -> None:
        """Print the line."""
        self._write(line + "\n")


class Bars:
    """A bar with rate and estimate for each task: for a terminal."""

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(stderr=True)

    @contextmanager
    def task(self, name: str, total: int, unit: str) -> Iterator[Advance]:
        """Show a bar while the task runs; it stays, full, when the task is done."""
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )
        from rich.progress import Progress as RichProgress

        columns = (
            TextColumn("{task.description:<34}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[unit]}  {task.fields[rate]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        with RichProgress(*columns, console=self._console) as bars:
            bar = bars.add_task(name, total=total, unit=unit, rate="")
            start = monotonic()

            def advance(done: int) -> None:
                rate = done / max(monotonic() - start, 1e-9)
                bars.update(bar, completed=done, rate=f"{rate:,.1f}/s")

            yield advance

    def say(self, line: str) -> None:
        """Print the line above the bars."""
        self._console.print(line, highlight=False, markup=False)


def for_terminal() -> Progress:
    """Return bars where standard error is a terminal, else plain lines."""
    return Bars() if sys.stderr.isatty() else Lines()
