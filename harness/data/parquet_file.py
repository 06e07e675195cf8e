"""Parquet files to raw rows."""

from collections.abc import Iterator
from pathlib import Path

from harness.data.faults import Findings, Place
from harness.data.rows import Raw


def read_parquet(path: Path, findings: Findings) -> Iterator[Raw]:
    """Yield the rows, numbered from 1, batch by batch; a null is an absent field."""
    from pyarrow import ArrowException  # type: ignore[import-untyped]
    from pyarrow.parquet import ParquetFile  # type: ignore[import-untyped]

    number = 0
    try:
        with ParquetFile(path) as file:
            for batch in file.iter_batches():
                for row in batch.to_pylist():
                    number += 1
                    fields = {key: value for key, value in row.items() if value is not None}
                    yield Raw(Place(str(path), number), fields)
    except (ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        findings.error(Place(str(path), number + 1), f"broken Parquet ({reason})", "write it again")
