"""A circuit breaker: a server that is down is not asked by everybody in turn."""

from collections.abc import Callable
from time import monotonic


class Breaker:
    """Closed, it lets everything pass; after `limit` failures in a row it opens.

    Open, it lets one attempt pass for every pause; the first that succeeds closes it.
    """

    def __init__(
        self, limit: int = 5, pause: float = 30.0, clock: Callable[[], float] = monotonic
    ) -> None:
        self.limit, self.pause, self._clock = limit, pause, clock
        self._failures = 0
        self._open_until = 0.0

    def allows(self) -> bool:
        """Return whether an attempt may be made now; one that may while it is open is the probe."""
        if self._failures < self.limit:
            return True
        if self._clock() < self._open_until:
            return False
        self._open_until = self._clock() + self.pause
        return True

    def succeeded(self) -> None:
        """Close: the server answers."""
        self._failures = 0

    def failed(self) -> None:
        """Count a failure."""
        self._failures += 1
        if self._failures == self.limit:
            self._open_until = self._clock() + self.pause
