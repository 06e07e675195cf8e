"""A stopwatch that adds up where time goes, by name."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter


class Stopwatch:
    """Adds up seconds under names.

    >>> ticks = iter([0.0, 2.0, 2.0, 5.0])
    >>> watch = Stopwatch(clock=lambda: next(ticks))
    >>> with watch.span("embed"):
    ...     pass
    >>> with watch.span("search"):
    ...     pass
    >>> watch.seconds
    {'embed': 2.0, 'search': 3.0}
    """

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self._clock = clock
        self._seconds: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def span(self, name: str) -> Iterator[None]:
        """Book the time of the block under a name, also when it raises."""
        start = self._clock()
        try:
            yield
        finally:
            self._seconds[name] += self._clock() - start

    def add(self, name: str, seconds: float) -> None:
        """Book seconds that were measured elsewhere."""
        self._seconds[name] += seconds

    @property
    def seconds(self) -> dict[str, float]:
        """What has been booked so far."""
        return dict(self._seconds)
