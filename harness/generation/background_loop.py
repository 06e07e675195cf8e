"""An event loop in a thread of its own, so that plain code can wait for what runs side by side."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from threading import Thread
from typing import Any, TypeVar

Result = TypeVar("Result")


class BackgroundLoop:
    """Runs coroutines for other threads. The thread never keeps the process from ending."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        Thread(target=self._run, name="hosted models", daemon=True).start()

    def submit(self, work: Coroutine[Any, Any, Result]) -> Future[Result]:
        """Start a coroutine; cancelling the future cancels it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def stop(self, last: Callable[[], Awaitable[None]]) -> None:
        """Cancel what still runs, run `last` and end the thread; returns at once."""

        async def end() -> None:
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            await last()
            self._loop.stop()

        self._loop.call_soon_threadsafe(lambda: self._loop.create_task(end()))

    def _run(self) -> None:
        self._loop.run_forever()
        self._loop.close()
