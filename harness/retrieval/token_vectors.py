"""Vectors of the tokens of many passages, in one file that is read where it is needed."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from harness.errors import ArtefactError
from harness.files import storage_errors
from harness.protocols import Vectors

_VECTORS = "tokens.f16"
_ENDS = "ends.npy"


class TokenVectors:
    """Rows of 16-bit numbers on disk: a passage of 100 tokens by MiniLM takes 77 kB."""

    def __init__(self, folder: Path) -> None:
        """Open what `write` left.

        Raises:
            ArtefactError: It is absent or damaged.
        """
        try:
            self._ends = np.load(folder / _ENDS, allow_pickle=False)
            total, dimension = int(self._ends[-2]), int(self._ends[-1])
            self._ends = self._ends[:-1]
            size = (folder / _VECTORS).stat().st_size
            if size != 2 * total * dimension:
                raise ValueError(f"{size} bytes of {2 * total * dimension}")
            self._all = (
                np.memmap(folder / _VECTORS, np.float16, "r", shape=(total, dimension))
                if size
                else np.zeros((0, max(dimension, 1)), np.float16)
            )
        except (OSError, ValueError, IndexError) as error:
            raise ArtefactError(
                f"{folder}: no readable vectors of tokens ({error}); "
                "delete the folder to have the index made again"
            ) from error

    @classmethod
    def write(cls, folder: Path, passages: Iterable[Vectors]) -> "TokenVectors":
        """Write the vectors of one passage after the other, each of shape (tokens, dimension)."""
        counts, dimension = [0], 0
        with storage_errors(folder / _VECTORS):
            with (folder / _VECTORS).open("wb") as file:
                for vectors in passages:
                    counts.append(len(vectors))
                    dimension = vectors.shape[1]
                    file.write(vectors.astype(np.float16).tobytes())
            np.save(folder / _ENDS, np.array([*np.cumsum(counts), dimension]))
        return cls(folder)

    def of(self, row: int) -> Vectors:
        """Return the vectors of a passage by its number, shape (tokens, dimension)."""
        found = self._all[self._ends[row] : self._ends[row + 1]]
        return np.asarray(found, dtype=np.float32)
