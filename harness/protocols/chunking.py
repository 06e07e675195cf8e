"""Documents to passages."""

from typing import Protocol

from harness.types import Chunk, Document


class Chunker(Protocol):
    """Cuts documents into passages."""

    def chunk(self, document: Document) -> tuple[Chunk, ...]:
        """Return spans of the document in its order; together they cover every sentence."""
        ...
