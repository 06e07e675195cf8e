"""The best of many scores, the same ones on every machine."""

from collections.abc import Iterable, Sequence
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from harness.errors import ConfigError
from harness.types import Chunk, Hit


def check_k(k: int) -> None:
    """Do nothing where that many results can be asked for.

    Raises:
        ConfigError: k is below 1.
    """
    if k < 1:
        raise ConfigError(f"a search for k={k} results; ask for at least one")


def lot_of(document: str) -> bytes:
    """Return the lot of a document, drawn by its id: of equal scores the lower one ranks first.

    Corpora often hold the gold passage of a question before its other passages, and with BM25 one
    question in ten can have a tie for the first place: any order that follows the corpus, or ids
    that count, would be a hint.
    """
    return sha256(document.encode("utf-8", "replace")).digest()


def tie_break(chunk: Chunk) -> tuple[bytes, str]:
    """Return what decides between chunks of equal score: their documents' lots, then their ids."""
    return lot_of(chunk.document_id), chunk.id


def best_hits(scored: Iterable[Hit], k: int) -> tuple[Hit, ...]:
    """Return the k hits with the highest scores, best first, ties broken by lot."""
    return tuple(sorted(scored, key=lambda hit: (-hit.score, tie_break(hit.chunk)))[:k])


def order_of(keys: Sequence[str] | Sequence[tuple[bytes, str]]) -> NDArray[np.intp]:
    """Return the place of each key among the sorted ones, shape (n,): what breaks ties.

    >>> order_of(["b", "c", "a"]).tolist()
    [1, 2, 0]
    """
    places = np.empty(len(keys), dtype=np.intp)
    order: list[int] = sorted(range(len(keys)), key=keys.__getitem__)
    places[order] = np.arange(len(keys))
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
