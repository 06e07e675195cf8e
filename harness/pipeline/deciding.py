"""Between the passes, over all blocks: which records are duplicates, which lines boilerplate."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from time import perf_counter
from typing import IO, Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
from numpy.typing import NDArray

from harness.files import write_bytes
from harness.pipeline.boilerplate import repeated_lines
from harness.pipeline.cleaning import name
from harness.pipeline.duplicates import Duplicates, equal, nearly_equal
from harness.pipeline.settings import Settings
from harness.pipeline.shingles import SLOTS, Signatures
from harness.pipeline.tables import read_table, write_table

_DECIDED = pa.schema([("original", pa.string()), ("similarity", pa.float32())])

LINES = "boilerplate.lines"


@dataclass(frozen=True, slots=True)
class Decided:
    """How long it took to find what."""

    exact_seconds: float
    near_seconds: float
    boilerplate_seconds: float
    boilerplate: int
    """Lines that are removed."""


def decide(folder: Path, numbers: Sequence[int], settings: Settings) -> Decided:
    """Write what each record of each block repeats, and the lines that are boilerplate.

    Held in memory: a key and an id for each record, a signature for each long one (on disk, as
    the system sees fit), and one key for each different line.
    """
    start = perf_counter()
    found = equal(_keys(folder, numbers))
    exact = perf_counter() - start
    start = perf_counter()
    if settings.near < 1:
        with TemporaryFile(dir=folder) as file:
            signed, signs = _signatures(folder, numbers, file)
            if len(signed):
                found = nearly_equal(found, signs, signed, settings.near)
    near = perf_counter() - start
    start = perf_counter()
    kept = _kept_lines(folder, numbers, found.kept)
    lines = repeated_lines(kept, settings.boilerplate) if settings.boilerplate else _NO_LINES
    write_bytes(folder / LINES, lines.tobytes())
    boilerplate = perf_counter() - start
    _write(folder, numbers, found)
    return Decided(exact, near, boilerplate, len(lines))


def read_decided(folder: Path, number: int) -> list[tuple[str | None, float]]:
    """Return for each record of a block the id of what it repeats, and the similarity."""
    table = read_table(folder / "decided" / name(number))
    return list(zip(table["original"].to_pylist(), table["similarity"].to_pylist(), strict=True))


def read_lines(folder: Path) -> frozenset[int]:
    """Return the keys of the lines to remove."""
    return frozenset(np.frombuffer((folder / LINES).read_bytes(), np.uint64).tolist())


_NO_LINES: NDArray[np.uint64] = np.empty(0, np.uint64)


def _keys(folder: Path, numbers: Sequence[int]) -> NDArray[np.uint64]:
    parts = [_column(folder, number, "key").to_numpy() for number in numbers]
    return np.concatenate([_NO_LINES, *parts])


def _column(folder: Path, number: int, column: str) -> Any:
    return read_table(folder / "cleaned" / name(number), [column])[column]


def _signatures(
    folder: Path, numbers: Sequence[int], file: IO[bytes]
) -> tuple[NDArray[np.int64], Signatures]:
    """Return which records have a signature, and all signatures, which stay in the file."""
    signed: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    offset = 0
    for number in numbers:
        column = _column(folder, number, "signature")
        there = np.flatnonzero(column.is_valid().to_numpy())
        signed.append(there + offset)
        offset += len(column)
        file.write(b"".join(column.drop_null().to_pylist()))
    file.flush()
    rows = np.concatenate(signed)
    if not len(rows):
        return rows, np.empty((0, SLOTS), np.uint32)
    return rows, np.memmap(file, np.uint32, "r", shape=(len(rows), SLOTS))


def _kept_lines(
    folder: Path, numbers: Sequence[int], kept: NDArray[np.bool_]
) -> Iterator[NDArray[np.uint64]]:
    """Yield the line keys of the records that stay, block by block."""
    offset = 0
    for number in numbers:
        column = _column(folder, number, "lines").combine_chunks()
        mask = pa.array(kept[offset : offset + len(column)])
        offset += len(column)
        yield column.filter(mask).flatten().to_numpy(zero_copy_only=False).astype(np.uint64)


def _write(folder: Path, numbers: Sequence[int], found: Duplicates) -> None:
    ids = pa.chunked_array([_column(folder, n, "id").combine_chunks() for n in numbers])
    offset = 0
    for number in numbers:
        size = read_table(folder / "cleaned" / name(number), ["key"]).num_rows
        part = slice(offset, offset + size)
        original = found.original[part]
        named = ids.take(pa.array(original, mask=original < 0)).to_pylist()
        rows = [
            {"original": repeats, "similarity": share}
            for repeats, share in zip(named, found.similarity[part].tolist(), strict=True)
        ]
        write_table(folder / "decided" / name(number), rows, _DECIDED)
        offset += size
