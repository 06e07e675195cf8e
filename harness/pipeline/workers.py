"""One piece of work on many items, in as many processes as are wanted, results in order."""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from typing import Any, TypeVar

from harness.errors import HarnessError

Item = TypeVar("Item")
Result = TypeVar("Result")

_work: Callable[[Any], Any]


def cores() -> int:
    """Return how many processes can work at a time here."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def spread(work: Callable[[Item], Result], items: Iterable[Item], workers: int) -> Iterator[Result]:
    """Yield the result for each item, in order; few items are held at a time.

    Raises:
        HarnessError: What `work` raises; or that a worker was killed.
    """
    if workers == 1:
        yield from map(work, items)
        return
    waiting: deque[Future[Result]] = deque()
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_begin, initargs=(work,)
    ) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(_do, item))
                if len(waiting) > workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            raise HarnessError(
                "a worker was killed, probably for its memory; lower --workers or shard_mb and "
                "run again: finished shards are kept"
            ) from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _begin(work: Callable[[Any], Any]) -> None:
    global _work
    _work = work
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Leave when the process that started this one is gone, killed or not."""
    if (parent := parent_process()) is not None:
        parent.join()
        os._exit(1)


def _do(item: Any) -> Any:
    return _work(item)
