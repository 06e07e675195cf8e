"""Folders, files and hubs to question sets: what is read, what is refused, how it is split."""

from harness.data.changelog import Change, changes
from harness.data.checking import Report, SplitCount, check
from harness.data.faults import Fault, Place
from harness.data.leaks import Leak
from harness.data.loading import load
from harness.data.options import DataOptions
from harness.data.sampling import sample

__all__ = [
    "Change",
    "DataOptions",
    "Fault",
    "Leak",
    "Place",
    "Report",
    "SplitCount",
    "changes",
    "check",
    "load",
    "sample",
]
