"""What a piece of work takes: seconds on the clock and of all cores, and memory."""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter, process_time, sleep
from typing import Any


@contextmanager
def building() -> Iterator[dict[str, float]]:
    """Fill in the seconds that went by, and those of all cores that were worked in."""
    seconds = dict[str, float]()
    start, worked = perf_counter(), process_time()
    yield seconds
    seconds["build_s"] = round(perf_counter() - start, 3)
    seconds["build_cpu_s"] = round(process_time() - worked, 3)


@contextmanager
def memory() -> Iterator[dict[str, Any]]:
    """Fill in how much memory of its own the process has more afterwards, and had at most."""
    import psutil

    process, took, done = psutil.Process(), dict[str, Any](), threading.Event()

    def own() -> float:
        info = process.memory_info()  # pages of mapped files, as the vectors are, are shared
        return float(info.rss - getattr(info, "shared", 0)) / 1e6

    gc.collect()
    before = own()
    most = [before]

    def watch() -> None:
        while not done.is_set():
            most[0] = max(most[0], own())
            sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield took
    finally:
        done.set()
        watcher.join()
        gc.collect()
        took |= {"mb": round(own() - before, 1), "peak_mb": round(most[0] - before, 1)}
