"""How much of "retrieval beats fine-tuning by so many percent" is the set-up of the experiment."""

from harness.audit.finding import Finding
from harness.audit.finished import FinishedRun, read
from harness.audit.pages import tables, write
from harness.audit.switches import audit

__all__ = ["Finding", "FinishedRun", "audit", "read", "tables", "write"]
