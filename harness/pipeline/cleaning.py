"""The first pass over a block: read, normalise, filter, and what finding duplicates needs."""

import json
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]

from harness.files import write_text
from harness.pipeline.boilerplate import line_keys
from harness.pipeline.contamination import Held, without_held
from harness.pipeline.length import within_length
from harness.pipeline.normalization import normalize
from harness.pipeline.reading import read
from harness.pipeline.record import Dropped, Record
from harness.pipeline.settings import Settings
from harness.pipeline.shingles import key, signatures
from harness.pipeline.sources import Block
from harness.pipeline.tables import DROPPED, read_table, write_table
from harness.pipeline.tally import Tally

_CLEANED = pa.schema(
    [
        *((name, pa.string()) for name in Record.__slots__),
        ("key", pa.uint64()),
        ("signature", pa.binary()),
        ("lines", pa.list_(pa.uint64())),
    ]
)

START = 160
"""Characters shown of what was dropped."""


@dataclass(frozen=True)
class Cleaning:
    """Makes of a block `cleaned`, `dropped` and `counts` in the working folder."""

    folder: Path
    settings: Settings
    held: Held

    def __call__(self, block: Block) -> int:
        """Clean one block; return its number."""
        settings, tally = self.settings, Tally()
        start = perf_counter()
        records, faults = read(block, settings)
        tally.add("read", records, [], perf_counter() - start)
        unread = [Dropped(_nothing(str(f.place)), "unreadable", f.problem) for f in faults]
        tally.dropped += unread
        tally.steps["read"].documents += len(unread)
        tally.steps["read"].dropped += len(unread)
        records = tally.through("normalize", records, lambda rows: (normalize(rows), []))
        records = tally.through(
            "length",
            records,
            partial(within_length, shortest=settings.min_words, longest=settings.max_words),
        )
        records = tally.through("test questions", records, partial(without_held, held=self.held))
        start = perf_counter()
        rows = self._fingerprinted(records)
        tally.add("fingerprints", records, [], perf_counter() - start)
        write_dropped(self.folder / "dropped" / name(block.number), tally.dropped)
        write_counts(self.folder / "counts" / name(block.number, "json"), tally)
        write_table(self.folder / "cleaned" / name(block.number), rows, _CLEANED)
        return block.number

    def _fingerprinted(self, records: list[Record]) -> list[dict[str, Any]]:
        """Return the rows of records with their keys; pairs and short texts are not signed."""
        signed = [n for n, r in enumerate(records) if self._is_signed(r)]
        signs = dict(zip(signed, signatures([records[n].whole for n in signed]), strict=True))
        return [
            {
                **asdict(record),
                "key": key(
                    f"{'pair' if record.question else 'text'} {' '.join(record.whole.split())}"
                ),
                "signature": signs[n].tobytes() if n in signs else None,
                "lines": [] if record.question else line_keys(record.text),
            }
            for n, record in enumerate(records)
        ]

    def _is_signed(self, record: Record) -> bool:
        """Return whether near duplicates are looked for: two facts differ in one word of a pair."""
        if record.question or self.settings.near >= 1:
            return False
        return len(record.whole.split()) >= self.settings.near_words


def name(number: int, suffix: str = "parquet") -> str:
    """Return the name of a shard's file."""
    return f"{number:05}.{suffix}"


def read_cleaned(path: Path) -> list[Record]:
    """Return the records that the first pass left."""
    return [Record(**row) for row in read_table(path, Record.__slots__).to_pylist()]


def write_dropped(path: Path, dropped: list[Dropped]) -> None:
    """Write what was dropped and why."""
    rows = [
        {
            "document_id": row.record.id,
            "source_sha256": row.record.source_sha256,
            "place": row.record.place,
            "reason": row.reason,
            "detail": row.detail,
            "text": " ".join(row.record.whole[: 2 * START].split())[:START],
        }
        for row in dropped
    ]
    write_table(path, rows, DROPPED)


def write_counts(path: Path, tally: Tally) -> None:
    """Write the counts of a shard."""
    steps = {step: asdict(counts) for step, counts in tally.steps.items()}
    write_text(path, json.dumps({"steps": steps, "personal": dict(tally.personal)}))


def _nothing(place: str) -> Record:
    return Record("", place, "", "")
