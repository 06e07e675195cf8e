"""The most memory that a training takes: of the process, and of a GPU."""

import ctypes
import gc
import re
import sys
from pathlib import Path

import psutil
import torch

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_RESET_HIGH_WATER_MARK = "5"
"""What proc(5) has written to clear_refs so that VmHWM begins anew."""


class PeakMemory:
    """Watches one training; what earlier work of the process left freed is given back first."""

    def __init__(self, device: torch.device) -> None:
        """Begin: the peaks are those since now."""
        self._device = device
        self._process = psutil.Process()
        gc.collect()
        _give_back_freed_memory()
        self.before_mb = self._resident_mb()
        """Resident memory of the process before a model was loaded, in MB (10^6 bytes)."""
        self._marked = _begin_anew()
        self._seen = self.before_mb
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)

    def rss_mb(self) -> float:
        """Return the most resident memory since the beginning, in MB.

        Linux keeps a mark of it; elsewhere it is the most of the moments at which this was asked.
        """
        self._seen = max(self._seen, _high_water_mb() if self._marked else self._resident_mb())
        return self._seen

    def cuda_mb(self) -> float | None:
        """Return the most memory that tensors on the GPU took, in MB; None without a GPU."""
        if self._device.type != "cuda":
            return None
        return torch.cuda.max_memory_allocated(self._device) / 1e6

    def _resident_mb(self) -> float:
        return float(self._process.memory_info().rss) / 1e6


def _give_back_freed_memory() -> None:
    """Have glibc return what is freed, which else stays with the process and hides its use."""
    if sys.platform.startswith("linux"):
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:  # another C library
            trim(0)


def _begin_anew() -> bool:
    """Return whether the system's mark of the most memory could be set back."""
    try:
        CLEAR.write_text(_RESET_HIGH_WATER_MARK)
        return _high_water_mb() > 0
    except OSError:
        return False


def _high_water_mb() -> float:
    found = re.search(r"^VmHWM:\s+(\d+) kB", STATUS.read_text(encoding="utf-8"), flags=re.M)
    return int(found[1]) * 1024 / 1e6 if found else 0.0
