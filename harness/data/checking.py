"""Every fault of a question set, with counts and leaks, for people to read before a run."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.data.faults import Collected, Fault, Place
from harness.data.leaks import Leak, leaks
from harness.data.loading import load_with
from harness.data.options import DataOptions
from harness.data.splits import SPLITS
from harness.types import Question

_PLAIN = DataOptions()


@dataclass(frozen=True, slots=True)
class SplitCount:
    """How large a split is."""

    split: str
    questions: int
    documents: int
    """Distinct gold documents."""
    gold_share: float | None
    """Share of the questions that name a gold document, in [0, 1]; None without questions."""


@dataclass(frozen=True, slots=True)
class Report:
    """What `harness data check` prints."""

    name: str
    digest: str
    documents: int
    questions: int
    left_out: int
    """Questions whose split the `splits` map does not name."""
    faults: tuple[Fault, ...]
    """What makes `load` refuse the set."""
    warnings: tuple[Fault, ...]
    splits: tuple[SplitCount, ...]
    """One row per split of ours, empty ones included."""
    leaks: tuple[Leak, ...]

    @property
    def leak_counts(self) -> tuple[tuple[str, str, int], ...]:
        """Kind, split and number of leaks, sorted."""
        counts = Counter((leak.kind, leak.split) for leak in self.leaks)
        return tuple((kind, split, n) for (kind, split), n in sorted(counts.items()))


def check(folder_or_name: str | Path, options: DataOptions = _PLAIN) -> Report:
    """Return everything that is wrong with a question set; `load` stops at the first fault.

    Leaks are no faults: they are expected where a test asks for facts that were trained. Splits
    and leaks are of the rows that could be understood.

    Raises:
        UnknownName: No shipped set has that name.
        DataError: There is nothing at that place that any reader knows.
    """
    findings = Collected()
    loaded = load_with(folder_or_name, options, findings)
    made = loaded.questions
    for split in SPLITS:
        if made.questions and not any(q.split == split for q in made.questions):
            place = Place(next(iter(loaded.places.values())).file)
            findings.warning(place, f"no question is in {split}", LACKING[split])
    return Report(
        name=made.name,
        digest=made.digest,
        documents=len(made.corpus),
        questions=len(made.questions),
        left_out=loaded.left_out,
        faults=tuple(findings.errors),
        warnings=tuple(findings.warnings),
        splits=tuple(_count(split, made.split(split)) for split in SPLITS),
        leaks=leaks(made.questions),
    )


LACKING = {
    "train": "nothing can be trained; give some, or leave the splits out to have them made",
    "dev-seen": "weights that answer without passages cannot stop early",
    "dev-new": "weights that answer from passages cannot stop early",
    "test-seen": "no verdict about learning facts is possible, except for arms that saw the corpus",
    "test-new": "no verdict about documents that were not trained on is possible",
    "test-unanswerable": "no verdict about refusing is possible",
}
"""What a set cannot show without a split."""


def _count(split: str, questions: Sequence[Question]) -> SplitCount:
    gold = sum(bool(q.gold) for q in questions)
    return SplitCount(
        split,
        len(questions),
        len({key for q in questions for key in q.gold}),
        gold / len(questions) if questions else None,
    )
