"""Vectors in one matrix: exact search by inner product, the reference for all other stores."""

from pathlib import Path

from harness.protocols import Vectors
from harness.stores.in_memory import InMemory
from harness.stores.matrix import Matrix, best_of, read_matrix
from harness.stores.rows import RowNumbers

_BLOCK = 64
"""Queries compared at a time: a block of products with 10^6 vectors takes 256 MB."""


class NumpyStore(InMemory):
    """Compares a query with every vector."""

    signature = "numpy"

    def __init__(self) -> None:
        super().__init__()
        self._reset()

    def _reset(self) -> None:
        self._matrix = Matrix()

    def _append(self, vectors: Vectors) -> None:
        self._matrix.append(vectors)

    def _vectors(self, rows: RowNumbers) -> Vectors:
        return self._matrix.all[rows]

    def _rank(
        self, queries: Vectors, depth: int, rows: RowNumbers | None
    ) -> list[tuple[RowNumbers, Vectors]]:
        matrix = self._matrix.all if rows is None else self._vectors(rows)
        found = []
        for start in range(0, len(queries), _BLOCK):
            for products in queries[start : start + _BLOCK] @ matrix.T:
                best = best_of(products, depth)
                found.append((best if rows is None else rows[best], products[best]))
        return found

    def _write_index(self, folder: Path) -> None:
        self._matrix.write(folder)

    def _read_index(self, folder: Path) -> int:
        self._matrix = read_matrix(folder)
        return len(self._matrix.all)
