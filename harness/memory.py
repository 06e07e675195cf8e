"""Freed memory stays with the process, because fetching it again costs more than the sums in it.

A model on a CPU asks for megabytes at every layer and gives them back at once. glibc returns such
blocks to the system, which fills each page with zeros before it gives it anew: up to a third of
the time of reading prompts.
"""

import ctypes
import sys

KEPT = 1 << 30
"""Most bytes of freed memory that are kept, 1 GiB."""
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Names of glibc's mallopt(3)."""
_LARGEST_MMAP_THRESHOLD = 32 << 20


def keep_freed_memory() -> None:
    """Let glibc keep freed blocks for the next tensors; elsewhere nothing changes."""
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:  # another C library
        return
    mallopt(_TRIM_THRESHOLD, KEPT)
    mallopt(_MMAP_THRESHOLD, _LARGEST_MMAP_THRESHOLD)
