"""Texts as word 5-grams, and their MinHash signatures."""

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from harness.data.tokens import tokens

WORDS = 5
"""Words in a shingle."""
SLOTS = 128
"""Numbers in a signature: the estimate of a similarity of .8 is off by .035 (one sigma)."""
SEED = 42

Signatures = NDArray[np.uint32]
"""Shape (documents, SLOTS)."""


def shingles(words: Sequence[str]) -> Iterator[str]:
    """Return all runs of `WORDS` words; of fewer words none."""
    return map(" ".join, zip(*(words[start:] for start in range(WORDS)), strict=False))


def signatures(texts: Sequence[str]) -> Signatures:
    """Return the MinHash signatures of texts of at least `WORDS` words.

    The share of equal slots of two of them estimates the Jaccard similarity of their shingles
    (Broder 1997); `rensa` computes them.
    """
    from rensa import RMinHash  # type: ignore[import-untyped]

    sets = [list(shingles(tokens(text))) for text in texts]
    matrix = RMinHash.digest_matrix_from_token_sets(sets, SLOTS, SEED)
    return np.array(matrix.to_rows(), dtype=np.uint32).reshape(len(texts), SLOTS)


def key(text: str) -> int:
    """Return 64 bits of a text: among ten million, two share one with probability 3e-6."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest())
