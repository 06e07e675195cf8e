"""What is measured: one system's ranking of documents for every question."""

from collections.abc import Mapping
from dataclasses import dataclass

Ranked = tuple[tuple[str, float], ...]
"""(document id, score), best first, each document once."""


@dataclass(frozen=True, slots=True)
class System:
    """A retriever over an index, read to the end or down to a score; or a run made elsewhere."""

    name: str
    rankings: Mapping[str, Ranked]
    """By question id; a question without hits has an empty ranking."""
    retriever: str = ""
    """Its label in the benchmark file; empty for a run made elsewhere."""
    type: str = ""
    chunker: str = ""
    tokens: int | None = None
    """How long a chunk may be; None where the chunker counts none."""
    threshold: float | None = None
    """Least score of a hit; None where all are kept."""
