"""The readers, one table: the first one that knows what is there reads it."""

from collections.abc import Callable
from pathlib import Path

from harness.data import beir, hub, ours, squad
from harness.data.faults import Findings
from harness.data.names import HUB
from harness.data.options import DataOptions
from harness.data.rows import Source
from harness.errors import DataError

Reader = Callable[[Path, DataOptions, Findings], Source]

READERS: tuple[tuple[str, Callable[[Path], bool], Reader], ...] = (
    ("BEIR folder", beir.is_beir, beir.read_beir),
    ("saved data set", hub.is_saved, hub.read_saved),
    ("folder with corpus and questions", ours.is_folder, ours.read_folder),
    ("file of rows", ours.is_table, ours.read_table),
    ("SQuAD JSON", squad.is_squad, squad.read_squad),
)


def read(place: Path | str, options: DataOptions, findings: Findings) -> Source:
    """Return the raw rows of what lies at a place.

    Raises:
        DataError: No reader knows what is there.
    """
    if isinstance(place, str):
        if not place.startswith(HUB):
            raise DataError(f"{place}: not a folder, a file or a name that starts with {HUB}")
        return hub.read_hub(place, options, findings)
    for _, fits, reader in READERS:
        if fits(place):
            return reader(place, options, findings)
    raise DataError(
        f"{place}: no question set; add corpus.jsonl and questions.jsonl, or give a "
        + ", ".join(name for name, _, _ in READERS)
    )
