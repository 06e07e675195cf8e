"""All that a measurement of retrieval gave: what is written, shown and drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.report.latency import LatencyRow
from harness.results import Pair, Summary
from harness.retrieving.system import System
from harness.retrieving.tuning import Trial
from harness.stages.contexts import IndexBuild
from harness.types import Hit, Question


@dataclass(frozen=True, slots=True)
class Outcome:
    """The systems of one measurement with their numbers; the folder is where its files lie."""

    folder: Path
    name: str
    dataset: str
    questions: Sequence[Question]
    depths: Sequence[int]
    systems: Sequence[System]
    summaries: Sequence[Summary]
    pairs: Sequence[Pair]
    times: Sequence[LatencyRow] = ()
    """Of one question at a time, by retriever and step."""
    builds: Mapping[str, IndexBuild] = field(default_factory=dict)
    """By retriever: the making of its index."""
    hits: Mapping[str, Mapping[str, tuple[Hit, ...]]] = field(default_factory=dict)
    """By retriever and question id: chunks as ranked."""
    trials: Sequence[Trial] = ()
    warnings: Sequence[str] = ()
    facts: Mapping[str, object] = field(default_factory=dict)
