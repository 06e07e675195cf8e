"""Vectors in a flat faiss index: exact search by inner product."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from harness.errors import ArtefactError, DataError
from harness.files import write_bytes, write_text
from harness.protocols import Numbers, Vectors

_DECIMALS = 6
"""Scores of unit vectors differ beyond these by the order of summation only: equal texts tie."""


class FaissStore:
    """Keeps all vectors in memory and compares with every one of them."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._index: faiss.Index | None = None

    def add(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Store vectors of shape (len(ids), dimension); the first call fixes the dimension.

        Raises:
            DataError: An id comes twice.
            ArtefactError: The dimension is not that of the vectors in the store.
        """
        together = [*self._ids, *ids]
        if len(set(together)) < len(together):
            twice = Counter(together).most_common(1)[0][0]
            raise DataError(f"the id {twice!r} comes twice; a vector store needs one vector per id")
        if len(ids) != len(vectors):
            raise DataError(f"{len(ids)} ids came with {len(vectors)} vectors")
        if self._index is None:
            self._index = faiss.IndexFlatIP(vectors.shape[1])
        self._check(vectors)
        self._index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        self._ids = together

    def search(self, vectors: Vectors, k: int) -> list[list[tuple[str, float]]]:
        """Return for each query at most k (id, inner product), best first, ties broken by id.

        Products are rounded to six decimals.

        Raises:
            ArtefactError: The dimension is not that of the vectors in the store.
        """
        if self._index is None or k < 1:
            return [[] for _ in vectors]
        self._check(vectors)
        queries = np.ascontiguousarray(vectors, dtype=np.float32)
        depth = min(k + 1, len(self._ids))
        while True:
            products, rows = self._index.search(queries, depth)
            scores = np.round(products.astype(np.float64), _DECIMALS)
            # Among equals, faiss keeps which it likes: look deeper until a worse one shows.
            if depth == len(self._ids) or bool((scores[:, -1] < scores[:, k - 1]).all()):
                break
            depth = min(2 * depth, len(self._ids))
        return [self._ranked(row, score)[:k] for row, score in zip(rows, scores, strict=True)]

    def save(self, folder: Path) -> None:
        """Write `vectors.faiss` and `ids.json`."""
        if self._index is None:
            raise DataError("there is no vector to save")
        write_bytes(folder / "vectors.faiss", faiss.serialize_index(self._index).tobytes())
        write_text(folder / "ids.json", json.dumps(self._ids))

    def load(self, folder: Path) -> None:
        """Read back what `save` wrote.

        Raises:
            ArtefactError: A file is absent or damaged.
        """
        remedy = "delete the folder to have it made again"
        try:
            index = faiss.read_index(str(folder / "vectors.faiss"))
            ids = [str(id) for id in json.loads((folder / "ids.json").read_text("utf-8"))]
        except (OSError, RuntimeError, ValueError) as error:
            raise ArtefactError(f"{folder}: no readable vectors ({error}); {remedy}") from error
        if index.ntotal != len(ids):
            raise ArtefactError(f"{folder}: {index.ntotal} vectors, {len(ids)} ids; {remedy}")
        self._index, self._ids = index, ids

    def _ranked(self, rows: NDArray[np.int64], scores: Numbers) -> list[tuple[str, float]]:
        pairs = [(self._ids[int(r)], float(s)) for r, s in zip(rows, scores, strict=True)]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))

    def _check(self, vectors: Vectors) -> None:
        if self._index is not None and vectors.shape[1] != self._index.d:
            raise ArtefactError(
                f"the store holds vectors of {self._index.d} numbers, these have "
                f"{vectors.shape[1]}; index and search with the same embedder"
            )
