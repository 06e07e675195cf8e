"""What is trained on, as text: segments, some of which are learned."""

from dataclasses import dataclass
from itertools import takewhile

IGNORED = -100
"""The label of an id that is read and not learned."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of an example; pieces are tokenised one by one, as a prompt and its answer are."""

    text: str
    learn: bool


@dataclass(frozen=True, slots=True)
class Example:
    """One row of training: the first segment is a prompt as the model reads it, or learned."""

    segments: tuple[Segment, ...]
    questions: tuple[str, ...] = ()
    """Ids of the questions in it."""
    documents: tuple[str, ...] = ()
    """Ids of the documents whose text it shows, or whose facts it teaches."""
    chunks: tuple[str, ...] = ()
    """Ids of the passages in its prompt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded(Example):
    """A row of training that is ids already: its segments are empty."""

    segments: tuple[Segment, ...] = ()
    ids: tuple[int, ...]
    labels: tuple[int, ...]
    """The id where it is learned, -100 elsewhere."""

    @property
    def prompt(self) -> tuple[int, ...]:
        """The ids before the first that is learned."""
        read = sum(1 for _ in takewhile(lambda label: label == IGNORED, self.labels))
        return self.ids[:read]
