"""What a set of weights was trained on: a file that travels with the weights."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.files import write_rows
from harness.training.segments import Example

FILE = "lineage.jsonl"


@dataclass(frozen=True, slots=True)
class Shown:
    """One example of a training: its questions, and the documents it holds something of."""

    phase: str
    """`documents`, `question`, `passages`, `shards`; `dev` for what chose the step kept."""
    example: int
    """From 0, in the order in which examples are made."""
    questions: tuple[str, ...]
    documents: tuple[str, ...]
    """Whose text is in it, or whose facts are in its answer."""
    chunks: tuple[str, ...]
    """The passages in its prompt, distractors among them."""


def write_shown(folder: Path, phases: Mapping[str, Sequence[Example]]) -> None:
    """Write the file: every example that was made.

    Some of them may not have been read, where the budget ended or the window was too small: the
    file names too much rather than too little.
    """
    write_rows(folder / FILE, _rows(phases))


def _rows(phases: Mapping[str, Sequence[Example]]) -> Iterable[Shown]:
    for phase, examples in phases.items():
        for n, example in enumerate(examples):
            yield Shown(phase, n, example.questions, example.documents, example.chunks)
