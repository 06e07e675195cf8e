"""Vectors in LanceDB, in files or in a bucket: every vector is compared."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import lancedb
import pyarrow as pa  # type: ignore[import-untyped]

from harness.protocols import Vectors
from harness.stores.batches import batches
from harness.stores.collection import Ranking
from harness.stores.kept import Kept, terms

_BATCH = 1000
"""Ids in one condition of a query."""


class LanceStore(Kept):
    """A table of id, vector and terms: every metadata entry as `field=value`."""

    signature = "lancedb"
    troubles = (ValueError, RuntimeError, OSError)

    def __init__(self) -> None:
        super().__init__("")

    def _connect(self, place: Path | None) -> Callable[[], object]:
        self._database: Any = lancedb.connect(str(place))
        self._table: Any = None
        return lambda: None

    def _make(self) -> None:
        schema = pa.schema(
            [
                pa.field("id", pa.string()),
                pa.field("vector", pa.list_(pa.float32(), self._description.dimension)),
                pa.field("terms", pa.list_(pa.string())),
            ]
        )
        self._database.drop_table(self._description.name, ignore_missing=True)
        self._table = self._database.create_table(self._description.name, schema=schema)

    def _find(self) -> None:
        try:
            self._table = self._database.open_table(self._description.name)
        except ValueError as error:
            raise LookupError(str(error)) from error

    def _write(self, ids: list[str], vectors: Vectors, metadata: list[dict[str, str]]) -> None:
        flat = pa.array(vectors.reshape(-1), pa.float32())
        rows = pa.table(
            {
                "id": pa.array(ids, pa.string()),
                "vector": pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1]),
                "terms": pa.array([terms(row) for row in metadata], pa.list_(pa.string())),
            },
            schema=self._table.schema,
        )
        with self._trouble():
            merge = self._table.merge_insert("id")
            merge.when_matched_update_all().when_not_matched_insert_all().execute(rows)

    def _remove(self, ids: list[str]) -> None:
        with self._trouble():
            for part in batches(ids, _BATCH):
                self._table.delete(_among(part))

    def _known(self, ids: list[str]) -> set[str]:
        known: set[str] = set()
        with self._trouble():
            for part in batches(ids, _BATCH):
                query = self._table.search().where(_among(part)).select(["id"]).limit(len(part))
                known |= set(query.to_arrow()["id"].to_pylist())
        return known

    def _nearest(self, vectors: Vectors, depth: int, where: dict[str, str]) -> list[Ranking]:
        condition = " AND ".join(f"array_has(terms, {_quoted(term)})" for term in terms(where))
        found: list[Ranking] = []
        with self._trouble():
            for vector in vectors:
                query = self._table.search(vector).distance_type("dot").limit(depth)
                if condition:
                    query = query.where(condition, prefilter=True)
                rows = query.select(["id", "_distance"]).to_arrow()
                distances = rows["_distance"].to_pylist()
                pairs = zip(rows["id"].to_pylist(), distances, strict=True)
                found.append([(id, 1.0 - distance) for id, distance in pairs])
        return found

    def _size(self) -> int:
        with self._trouble():
            return int(self._table.count_rows())

    def _mark(self, text: str) -> None:
        raise NotImplementedError("files need no mark")

    def _marked(self) -> str:
        return ""


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _among(ids: Any) -> str:
    return f"id IN ({', '.join(_quoted(id) for id in ids)})"
