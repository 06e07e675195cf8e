"""What each stage took in, put out, dropped and cost."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from time import perf_counter

from harness.pipeline.record import Dropped, Outcome, Record

EXAMPLES = 3
"""Dropped records shown for each reason."""


@dataclass(slots=True)
class Step:
    """One stage, summed over shards."""

    documents: int = 0
    """Records that came in, pairs included."""
    bytes: int = 0
    """Their texts in UTF-8."""
    dropped: int = 0
    seconds: float = 0.0
    """Of work, summed over workers."""
    tokens: int = 0
    """Put out; by the last stage only."""


@dataclass(slots=True)
class Tally:
    """The stages that some records went through, and what became of those records."""

    steps: dict[str, Step] = field(default_factory=dict)
    dropped: list[Dropped] = field(default_factory=list)
    personal: Counter[str] = field(default_factory=Counter)
    """How many records hold each kind of personal data."""

    def through(
        self, name: str, records: list[Record], stage: Callable[[list[Record]], Outcome]
    ) -> list[Record]:
        """Put records through a stage and return what it keeps."""
        start = perf_counter()
        kept, dropped = stage(records)
        self.add(name, records, dropped, perf_counter() - start)
        return kept

    def add(
        self, name: str, records: Sequence[Record], dropped: Iterable[Dropped], seconds: float,
        tokens: int = 0,
    ) -> None:  # fmt: skip
        """Count what a stage did."""
        step, gone = self.steps.setdefault(name, Step()), list(dropped)
        step.documents += len(records)
        step.bytes += sum(record.size for record in records)
        step.dropped += len(gone)
        step.seconds += seconds
        step.tokens += tokens
        self.dropped += gone
