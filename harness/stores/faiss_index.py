"""Faiss indexes whose parameters follow from how many vectors they hold."""

from dataclasses import dataclass
from importlib import import_module
from math import ceil, log2, sqrt
from typing import Any, Literal

import numpy as np

from harness.errors import ConfigError
from harness.protocols import Vectors
from harness.stores.rows import RowNumbers

faiss: Any = import_module("faiss")
"""Any: its stubs know neither keyword arguments nor half of the names."""

Kind = Literal["flat", "hnsw", "ivf-flat", "ivf-pq"]

TOO_FEW = 1000
"""Below this many vectors every kind is flat: there is too little to train on, or to save."""

_POINTS = 39
"""Vectors per centroid that faiss asks for; with fewer, k-means fits to noise."""

_MOST_POINTS = 64
"""Vectors per centroid beyond which training takes longer and finds no more."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """How an index is built and searched; where None, chosen from the number of vectors n."""

    links: int | None = None
    ef_construction: int | None = None
    ef_search: int | None = None
    lists: int | None = None
    probes: int | None = None
    pieces: int | None = None

    def build(self, kind: Kind, vectors: Vectors) -> Any:
        """Return an index of these vectors, shape (n, dimension), ready to search.

        Raises:
            ConfigError: The vectors cannot be cut into that many pieces.
        """
        n, dimension = vectors.shape
        product = faiss.METRIC_INNER_PRODUCT
        index: Any
        if kind == "flat" or n < TOO_FEW:
            index = faiss.IndexFlatIP(dimension)
        elif kind == "hnsw":
            index = faiss.IndexHNSWFlat(dimension, self.links or 32, product)
            index.hnsw.efConstruction = self.ef_construction or 128
        else:
            lists = min(n, self.lists or max(1, min(round(4 * sqrt(n)), n // _POINTS)))
            centroids = lists
            cells = faiss.IndexFlatIP(dimension)
            if kind == "ivf-flat":
                index = faiss.IndexIVFFlat(cells, dimension, lists, product)
            else:
                pieces, bits = self.pieces or pieces_of(dimension), bits_of(n)
                if dimension % pieces:
                    raise ConfigError(
                        f"faiss: vectors of {dimension} numbers cannot be cut into {pieces} equal "
                        "pieces; choose a divisor"
                    )
                index = faiss.IndexIVFPQ(cells, dimension, lists, pieces, bits, product)
                index.pq.cp.max_points_per_centroid = _MOST_POINTS
                centroids = max(lists, 2**bits)
            index.train(vectors[:: max(1, n // (centroids * _MOST_POINTS))])
            index.make_direct_map()  # so that vectors can be read back
        index.add(vectors)
        return index

    def search(self, index: Any, depth: int, among: RowNumbers | None) -> Any:
        """Return how an index of `build` is searched for `depth` results among some rows.

        The fewer the rows, the more candidates are looked at, so that enough of them remain.
        """
        n = index.ntotal
        share = 1.0 if among is None else len(among) / n
        chosen = None
        if among is not None:
            mask = np.zeros(n, dtype=bool)
            mask[among] = True
            chosen = faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))
        if isinstance(index, faiss.IndexHNSW):
            ef = max(self.ef_search or ceil(8 * log2(n)), 2 * depth)
            return faiss.SearchParametersHNSW(sel=chosen, efSearch=min(n, ceil(ef / share)))
        if isinstance(index, faiss.IndexIVF):
            probes = self.probes or max(16, ceil(3 * sqrt(index.nlist)))
            probes = min(index.nlist, ceil(probes / share))
            if isinstance(index, faiss.IndexIVFPQ):
                return faiss.IVFPQSearchParameters(sel=chosen, nprobe=probes)
            return faiss.SearchParametersIVF(sel=chosen, nprobe=probes)
        return faiss.SearchParameters(sel=chosen) if chosen is not None else None


def pieces_of(dimension: int) -> int:
    """Return into how many equal pieces a vector is cut: of 8 numbers, or the next that divide.

    >>> pieces_of(384), pieces_of(18), pieces_of(7), pieces_of(2)
    (48, 2, 1, 1)
    """
    size = next((size for size in range(8, dimension) if dimension % size == 0), dimension)
    return dimension // size


def bits_of(n: int) -> int:
    """Return the bits of a piece's code: 8 where n vectors can train 256 centroids, else fewer.

    >>> bits_of(100_000), bits_of(5_000)
    (8, 7)
    """
    return min(8, max(4, int(log2(n / _POINTS))))
