"""Vectors that lie as those of texts do: many around each of some topics."""

from functools import cache

import numpy as np

from harness.protocols import Vectors


@cache
def topics(n: int, dimension: int, seed: int = 0) -> Vectors:
    """Return n unit vectors, shape (n, dimension), around 50 topics of 12 numbers each."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(9).normal(size=(50, 12))
    basis = np.random.default_rng(8).normal(size=(12, dimension))
    points = centres[rng.integers(0, 50, n)] + 0.7 * rng.normal(size=(n, 12))
    rows = (points @ basis + 0.5 * rng.normal(size=(n, dimension))).astype(np.float32)
    unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def ids(n: int) -> list[str]:
    """Return ids with what ids of passages may have: other letters, quotes, slashes, colons."""
    return [f"häuser/'{i:05}':0-{i}" for i in range(n)]


def metadata(n: int) -> list[dict[str, str]]:
    """Return metadata of which one field has ten values and one two, with signs in their names."""
    return [{"part": str(i % 10), 'a.b "c"=': "x = y" if i % 3 else "z"} for i in range(n)]
