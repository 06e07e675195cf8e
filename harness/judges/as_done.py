"""Coroutines side by side, for callers that know nothing of event loops."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

Result = TypeVar("Result")


def as_done(
    jobs: Sequence[Callable[[], Awaitable[Result]]], at_once: int
) -> Iterator[tuple[int, Result]]:
    """Yield (index of the job, result) as they come, at most so many under way.

    They run in a thread of their own, so this works where a loop is running already, as in a
    notebook. Whoever stops reading cancels the rest; what a job raises is raised here.
    """
    outcomes: SimpleQueue[tuple[int, Result] | BaseException | None] = SimpleQueue()
    gate = asyncio.Semaphore(at_once)

    async def one(i: int) -> None:
        async with gate:
            outcomes.put((i, await jobs[i]()))

    async def everything() -> None:
        async with asyncio.TaskGroup() as group:
            for i in range(len(jobs)):
                group.create_task(one(i))

    loop = asyncio.new_event_loop()
    task = loop.create_task(everything())

    def run() -> None:
        try:
            loop.run_until_complete(task)
            outcomes.put(None)
        except BaseExceptionGroup as errors:
            outcomes.put(errors.exceptions[0])
        except asyncio.CancelledError:
            outcomes.put(None)
        finally:
            loop.close()

    thread = Thread(target=run, name="judge", daemon=True)
    thread.start()
    try:
        while (outcome := outcomes.get()) is not None:
            if isinstance(outcome, BaseException):
                raise outcome
            yield outcome
    finally:
        with suppress(RuntimeError):  # the loop has ended by itself
            loop.call_soon_threadsafe(task.cancel)
        thread.join(1)
