"""What the stages hand on: documents, and questions with their answers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Record:
    """One document, or one question with its answer."""

    id: str
    place: str
    """File and line, for messages and the list of what was dropped."""
    source_sha256: str
    """Of the text as it was read: nothing the stages do changes it."""
    text: str
    """A document's text; of a pair, the answer."""
    title: str = ""
    question: str = ""
    """Empty for a document."""
    document: str = ""
    """What a split goes by: the document's own id, or that of the first one a pair is about."""

    @property
    def whole(self) -> str:
        """All that a model would read of it."""
        head = self.question or self.title
        return f"{head}\n{self.text}" if head else self.text

    @property
    def size(self) -> int:
        """Bytes in UTF-8."""
        whole = self.whole
        return len(whole) if whole.isascii() else len(whole.encode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class Dropped:
    """A record that a stage took out, and why."""

    record: Record
    reason: str
    detail: str = ""


Outcome = tuple[list[Record], list[Dropped]]
"""What a stage keeps, in order, and what it drops."""
