"""Vectors in a faiss index, exact or approximate."""

from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from harness.files import storage_errors
from harness.protocols import Vectors
from harness.stores.faiss_index import Kind, Parameters, faiss
from harness.stores.in_memory import InMemory
from harness.stores.matrix import Matrix, best_of, read_matrix
from harness.stores.rows import RowNumbers

_INDEX = "vectors.faiss"

_GROWTH = 4
"""An index with this many times the vectors it was made for is made anew, to fit them."""

_FEW = 20
"""Of every this many rows one may match: then all that do are compared, without the index."""

Positive = Annotated[int, Field(ge=1)]


class FaissStore(InMemory):
    """Approximate is which vectors are found; the scores are exact products, whatever the index."""

    def __init__(
        self,
        index: Kind = "flat",
        links: Positive | None = None,
        ef_construction: Positive | None = None,
        ef_search: Positive | None = None,
        lists: Positive | None = None,
        probes: Positive | None = None,
        pieces: Positive | None = None,
        rescored: Positive = 10,
    ) -> None:
        """Choose the index; numbers that are not given are chosen from the corpus size n.

        Args:
            index: `flat` compares with everything; `hnsw` walks a graph; `ivf-flat` looks into
                some of many cells; `ivf-pq` does so with short codes instead of vectors, and
                compares the best of them again in full. Under 1,000 vectors all are flat.
            links: HNSW, M: neighbours of a vector in the graph; 32.
            ef_construction: HNSW: candidates looked at when a vector is linked; 128.
            ef_search: HNSW: candidates kept in a search; 8 log2 n, at least 2 per result.
            lists: IVF: cells; 4 sqrt n, at most n / 39.
            probes: IVF: cells searched; 3 sqrt(lists), at least 16.
            pieces: PQ: equal pieces a vector is cut into; one for every 8 numbers. A piece takes
                8 bits, fewer where n < 9,984 could not train 256 centroids.
            rescored: PQ: candidates per result that are compared in full.
        """
        super().__init__()
        self._form: Kind = index
        self._rescored = rescored
        self._given = Parameters(links, ef_construction, ef_search, lists, probes, pieces)
        self._reset()

    @property
    def signature(self) -> str:
        """The kind of index and the parameters that were given."""
        given = ((name, getattr(self._given, name)) for name in self._given.__slots__)
        named = [f" {name}={value}" for name, value in given if value is not None]
        rescored = f" rescored={self._rescored}" if self._form == "ivf-pq" else ""
        return f"faiss {self._form}{''.join(named)}{rescored}"

    def _reset(self) -> None:
        self._index: Any = None
        self._made_for = 0
        self._full = Matrix()

    @property
    def _codes(self) -> bool:
        """Whether the index holds codes, so that the vectors are kept beside it."""
        return self._form == "ivf-pq"

    def _append(self, vectors: Vectors) -> None:
        if self._codes:
            self._full.append(vectors)
        n = 0 if self._index is None else self._index.ntotal
        if self._index is not None and n + len(vectors) <= _GROWTH * self._made_for:
            self._index.add(vectors)
            return
        if self._codes:
            vectors = self._full.all
        elif n:
            vectors = np.concatenate([self._vectors(np.arange(n)), vectors])
        self._index = self._given.build(self._form, vectors)
        self._made_for = len(vectors)

    def _vectors(self, rows: RowNumbers) -> Vectors:
        found: Vectors = (
            self._full.all[rows] if self._codes else self._index.reconstruct_batch(rows)
        )
        return found

    def _rank(
        self, queries: Vectors, depth: int, rows: RowNumbers | None
    ) -> list[tuple[RowNumbers, Vectors]]:
        index = self._index
        if rows is not None and len(rows) <= index.ntotal // _FEW:
            return [_best(query, rows, self._vectors(rows), depth) for query in queries]
        candidates = depth
        if isinstance(index, faiss.IndexIVFPQ):
            candidates = min(index.ntotal, depth * self._rescored)
        parameters = self._given.search(index, candidates, rows)
        products, found = index.search(queries, candidates, params=parameters)
        pairs = [(row[row >= 0], p[row >= 0]) for row, p in zip(found, products, strict=True)]
        if isinstance(index, faiss.IndexIVFPQ):
            return [
                _best(query, row, self._full.all[row], depth)
                for query, (row, _) in zip(queries, pairs, strict=True)
            ]
        return pairs

    def _write_index(self, folder: Path) -> None:
        if self._codes:
            self._full.write(folder)
        path = folder / _INDEX
        if self._index is None:
            path.unlink(missing_ok=True)
            return
        # not through bytes in memory, which would take it twice
        part = path.with_suffix(".part")
        with storage_errors(path):
            faiss.write_index(self._index, str(part))
            part.replace(path)

    def _read_index(self, folder: Path) -> int:
        if not self.count and not (folder / _INDEX).exists():
            return 0
        if self._codes:
            # codes in memory, vectors on disk: that is what the codes are for
            self._full = read_matrix(folder, in_memory=False)
        self._index = faiss.read_index(str(folder / _INDEX))
        self._made_for = int(self._index.ntotal)
        return self._made_for


def _best(
    query: Vectors, rows: RowNumbers, vectors: Vectors, depth: int
) -> tuple[RowNumbers, Vectors]:
    products = vectors @ query
    best = best_of(products, depth)
    return rows[best], products[best]
