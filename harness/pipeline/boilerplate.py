"""Lines that stand in many documents: menus, notices, footers."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from harness.pipeline.record import Dropped, Outcome, Record
from harness.pipeline.shingles import key


def line_keys(text: str) -> list[int]:
    """Return the keys of a text's lines, each once; case and outer blanks do not matter."""
    return sorted({key(line) for raw in text.split("\n") if (line := raw.strip().casefold())})


def repeated_lines(blocks: Iterable[NDArray[np.uint64]], documents: int) -> NDArray[np.uint64]:
    """Return the keys that occur at least `documents` times, ascending.

    Each document has given each of its keys once.
    """
    keys, counts = np.empty(0, np.uint64), np.empty(0, np.int64)
    for block in blocks:
        new, times = np.unique(block, return_counts=True)
        both, place = np.unique(np.concatenate([keys, new]), return_inverse=True)
        weights = np.concatenate([counts, times])
        keys, counts = both, np.bincount(place, weights, len(both)).astype(np.int64)
    return keys[counts >= documents]


def without_lines(records: Sequence[Record], lines: frozenset[int]) -> Outcome:
    """Remove these lines from documents; what then has no text is dropped. Pairs stay."""
    kept: list[Record] = []
    dropped: list[Dropped] = []
    for record in records:
        if record.question or not lines:
            kept.append(record)
            continue
        parts = record.text.split("\n")
        rest = [part for part in parts if not part.strip() or key(_bare(part)) not in lines]
        if len(rest) == len(parts):
            kept.append(record)
        elif text := "\n".join(rest).strip():
            kept.append(replace(record, text=text))
        else:
            dropped.append(Dropped(record, "boilerplate only", f"{len(parts)} lines"))
    return kept, dropped


def _bare(line: str) -> str:
    return line.strip().casefold()
