"""A matrix that grows by rows."""

from pathlib import Path

import numpy as np

from harness.files import storage_errors
from harness.protocols import Vectors
from harness.stores.rows import RowNumbers

FILE = "vectors.npy"


class Matrix:
    """Vectors in the order they were appended; room doubles, so that appending stays cheap."""

    def __init__(self, rows: Vectors | None = None) -> None:
        self._room: Vectors = np.zeros((0, 0), dtype=np.float32) if rows is None else rows
        self._filled = len(self._room)

    @property
    def all(self) -> Vectors:
        """Every vector, shape (n, dimension), without a copy."""
        return self._room[: self._filled]

    def append(self, vectors: Vectors) -> None:
        """Give these vectors the next row numbers."""
        needed = self._filled + len(vectors)
        if needed > len(self._room):
            rows = max(needed, 2 * self._filled) if self._filled else needed
            room = np.empty((rows, vectors.shape[1]), dtype=np.float32)
            if self._filled:
                room[: self._filled] = self.all
            self._room = room
        self._room[self._filled : needed] = vectors
        self._filled = needed

    def write(self, folder: Path) -> None:
        """Write `vectors.npy`."""
        part = folder / f".{FILE}.part"
        with storage_errors(folder / FILE):
            with part.open("wb") as file:
                np.save(file, self.all)
            part.replace(folder / FILE)


def read_matrix(folder: Path, in_memory: bool = True) -> Matrix:
    """Read back what `write` wrote; or leave it on disk, and read the rows that are asked for."""
    return Matrix(np.load(folder / FILE, mmap_mode=None if in_memory else "r", allow_pickle=False))


def best_of(products: Vectors, depth: int) -> RowNumbers:
    """Return the places of the `depth` largest of n numbers, largest first.

    >>> best_of(np.float32([1, 3, 2]), 2).tolist()
    [1, 2]
    """
    places = np.arange(len(products))
    if depth < len(products):
        places = np.argpartition(products, len(products) - depth)[len(products) - depth :]
    return places[np.argsort(-products[places], kind="stable")]
