"""Rows to Parquet files that are whole or absent, and back."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from harness.files import write_bytes

SHARD = pa.schema(
    [
        ("input_ids", pa.list_(pa.int32())),
        ("labels", pa.list_(pa.int32())),
        ("document_ids", pa.list_(pa.string())),
        ("document_lengths", pa.list_(pa.int32())),
        ("source_sha256", pa.list_(pa.string())),
        ("personal", pa.list_(pa.string())),
    ]
)
DROPPED = pa.schema(
    [
        ("document_id", pa.string()),
        ("source_sha256", pa.string()),
        ("place", pa.string()),
        ("reason", pa.string()),
        ("detail", pa.string()),
        ("text", pa.string()),
    ]
)


def write_table(path: Path, rows: Sequence[dict[str, Any]], schema: Any) -> None:
    """Write rows as a Parquet file."""
    write(path, pa.Table.from_pylist(list(rows), schema))


def write(path: Path, table: Any) -> None:
    """Write a table as a Parquet file; the same table gives the same bytes.

    Raises:
        StorageError: The disk is full, or the folder cannot be written.
    """
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    write_bytes(path, sink.getvalue())


def lists(lengths: Sequence[int], values: Any) -> Any:
    """Return a column of lists, from how long each is and all their values in a row."""
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    flat = pa.array(values, pa.string()) if isinstance(values, list) else pa.array(values)
    return pa.ListArray.from_arrays(offsets, flat)


def read_table(path: Path, columns: Sequence[str] | None = None) -> Any:
    """Return the table of a file, or some of its columns."""
    return pq.read_table(path, columns=None if columns is None else list(columns))
