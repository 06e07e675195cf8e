"""Outputs that somebody else made, scored as ours are: a file of answers to metrics."""

from harness.scoring.reading import Columns, read_cases
from harness.scoring.table import score_file

__all__ = ["Columns", "read_cases", "score_file"]
