"""When to ask again, and when to stop: back-off with jitter, Retry-After, a circuit breaker."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import TypeVar

from harness.generation.breaker import Breaker
from harness.types import Failure

Outcome = TypeVar("Outcome")

FIRST_WAIT = 0.5
"""Seconds before the first retry; each further wait is twice as long."""
LONGEST_WAIT = 30.0
LONGEST_RETRY_AFTER = 120.0
"""A server that asks for more seconds than that is left alone: the next run tries again."""


@dataclass(frozen=True, slots=True)
class Refused:
    """An attempt that failed, and how long the server asks to wait, where it does."""

    failure: Failure
    retry_after: float | None = None


class Retrying:
    """Attempts with waits between them; what one request is told to wait, all wait.

    Only transient failures are tried again. Requests that fail for good in a row open the
    breaker, and what is left then fails at once.
    """

    def __init__(self, retries: int, breaker: Breaker) -> None:
        self._retries, self._breaker = retries, breaker
        self._not_before = 0.0

    async def run(self, attempt: Callable[[], Awaitable[Outcome | Refused]]) -> Outcome | Failure:
        """Return what the attempt gives once it succeeds, else the last failure."""
        made = 0
        while True:
            if not self._breaker.allows():
                return self._left_alone()
            await asyncio.sleep(max(0.0, self._not_before - monotonic()) * jitter(0.1))
            outcome = await attempt()
            if not isinstance(outcome, Refused):
                self._breaker.succeeded()
                return outcome
            made += 1
            failure, asked = outcome.failure, outcome.retry_after
            if not failure.transient:
                self._breaker.succeeded()  # it answers: what it says is about this request
                return failure
            if made > self._retries or (asked is not None and asked > LONGEST_RETRY_AFTER):
                self._breaker.failed()
                return replace(failure, message=f"{failure.message} (attempts: {made})")
            if asked is None:
                await asyncio.sleep(back_off(made))
            else:
                self._not_before = max(self._not_before, monotonic() + asked)

    def _left_alone(self) -> Failure:
        return Failure(
            "circuit open",
            f"not asked: {self._breaker.limit} requests in a row have failed before; "
            "run again when the server is back",
            transient=True,
        )


def back_off(made: int) -> float:
    """Return the seconds to wait after that many attempts, from 1: twice as long each time."""
    return float(min(LONGEST_WAIT, FIRST_WAIT * 2 ** (made - 1)) * jitter(0.5))


def jitter(share: float) -> float:
    """Return a factor from 1 to 1 + share, so that requests do not come back all at once."""
    return 1.0 + share * random.random()


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Return the seconds that a reply asks to wait: given in seconds or as an HTTP date.

    >>> retry_after({"retry-after": "2"}), retry_after({"retry-after-ms": "500"}), retry_after({})
    (2.0, 0.5, None)
    """
    for name, scale in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers[name]) / scale)
        except (KeyError, ValueError):
            continue
    try:
        date = parsedate_to_datetime(headers.get("retry-after", ""))
    except ValueError:
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max(0.0, (date - (now or datetime.now(UTC))).total_seconds())
