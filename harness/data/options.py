"""How the columns and splits of somebody else's files map to ours."""

from collections.abc import Mapping
from dataclasses import dataclass, field

QUESTION_FIELDS = (
    "id", "question", "answers", "values", "short", "gold", "answerable", "split", "context",
)  # fmt: skip
DOCUMENT_FIELDS = ("document_id", "title", "text")
FIELDS = (*QUESTION_FIELDS, *DOCUMENT_FIELDS)


@dataclass(frozen=True, slots=True)
class DataOptions:
    """What a benchmark file may say about its question set.

    Attributes:
        columns: Our field to their column; a dotted name (`answers.text`) reaches into a nested
            one. A field that is not named is looked for under its own name.
        splits: A value of the split column to a split of ours. Where it is given, questions
            with any other value are left out, unless that value is a split name itself.
        split_seed: Decides the splits that the harness makes itself; it is part of the data.
        answers_needed: Whether an answerable question without answers is a fault. No file says
            so: retrieval alone reads no answers.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    splits: Mapping[str, str] = field(default_factory=dict)
    split_seed: int = 0
    answers_needed: bool = True

    def column(self, name: str) -> str:
        """Return the column in which a field of ours stands."""
        return self.columns.get(name, "id" if name == "document_id" else name)
