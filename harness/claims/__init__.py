"""Published statements about RAG and fine-tuning, beside what a finished run shows of them."""

from harness.claims.judging import Judged, judge
from harness.claims.page import as_plain, how_to_read, tables, write
from harness.claims.reading import default_file, read_claims
from harness.claims.run import FinishedRun, read_run

__all__ = [
    "FinishedRun",
    "Judged",
    "as_plain",
    "default_file",
    "how_to_read",
    "judge",
    "read_claims",
    "read_run",
    "tables",
    "write",
]
