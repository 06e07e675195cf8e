"""The best of many scores, the same ones on every machine."""

import numpy as np
from numpy.typing import NDArray

from harness.errors import ConfigError


def check_k(k: int) -> None:
    """Do nothing where that many results can be asked for.

    Raises:
        ConfigError: k is below 1.
    """
    if k < 1:
        raise ConfigError(f"a search for k={k} results; ask for at least one")


def order_of(ids: list[str]) -> NDArray[np.intp]:
    """Return the place of each id among the sorted ids, shape (n,): what breaks ties.

    >>> order_of(["b", "c", "a"]).tolist()
    [1, 2, 0]
    """
    places = np.empty(len(ids), dtype=np.intp)
    places[sorted(range(len(ids)), key=ids.__getitem__)] = np.arange(len(ids))
    return places


def best(scores: NDArray[np.float32], places: NDArray[np.intp], k: int) -> NDArray[np.intp]:
    """Return the rows of the k highest scores, best first, equal ones by rising place.

    `scores` and `places` have shape (n,); of fewer than k rows all are returned.

    >>> best(np.float32([1, 2, 2]), np.array([0, 2, 1]), k=2).tolist()
    [2, 1]
    """
    rows = np.arange(len(scores))
    if k < len(scores):
        threshold = np.partition(scores, -k)[-k] if k > 0 else np.inf
        rows = np.flatnonzero(scores >= threshold)
    return rows[np.lexsort((places[rows], -scores[rows]))][:k]
