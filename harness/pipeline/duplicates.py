"""Which documents say what an earlier one says: equal ones, and nearly equal ones."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.pipeline.shingles import SLOTS, Signatures

BANDS = 16
"""Two documents are compared where all slots of one band agree: at similarity s that happens with
probability 1 - (1 - s^8)^16, which is .94 at .8 and .999 at .9."""


@dataclass(frozen=True, slots=True)
class Duplicates:
    """For each document the earlier one that it repeats, and how similar the two are."""

    original: NDArray[np.int64]
    """-1 where the document repeats none."""
    similarity: NDArray[np.float32]
    """1 for equal documents; for the others estimated from their signatures."""

    @property
    def kept(self) -> NDArray[np.bool_]:
        """Which documents repeat none."""
        return np.asarray(self.original < 0)


def equal(keys: NDArray[np.uint64]) -> Duplicates:
    """Return for each document the first one with the same key."""
    _, first, group = np.unique(keys, return_index=True, return_inverse=True)
    original = first[group].astype(np.int64)
    original[original == np.arange(len(keys))] = -1
    return Duplicates(original, (original >= 0).astype(np.float32))


def nearly_equal(found: Duplicates, signatures: Signatures, signed: NDArray[np.int64],
                 threshold: float) -> Duplicates:  # fmt: skip
    """Return what was found, and which of the other documents nearly repeat an earlier one.

    Band by band, so that memory is the signatures and one number a document: those that agree
    in a band are compared with the ones before them, and dropped at `threshold` or above.

    Args:
        found: Equal documents, which are not looked at again.
        signatures: One row for each document in `signed`.
        signed: Numbers of the documents that have a signature, ascending.
        threshold: Least share of equal slots.
    """
    original, similarity = found.original.copy(), found.similarity.copy()
    alive = np.flatnonzero(original[signed] < 0)
    width = SLOTS // BANDS
    for band in range(BANDS):
        columns = slice(band * width, (band + 1) * width)
        keys = _mixed(np.asarray(signatures[:, columns])[alive])
        order = np.argsort(keys, kind="stable")  # ascending within a bucket, too
        bounds = np.flatnonzero(np.diff(keys[order])) + 1
        for bucket in np.split(alive[order], bounds) if len(order) else ():
            if len(bucket) > 1:
                for later, earlier, share in _repeated(bucket, signatures, threshold):
                    original[signed[later]] = signed[earlier]
                    similarity[signed[later]] = share
        alive = alive[original[signed[alive]] < 0]
    return Duplicates(original, similarity)


def _mixed(slots: NDArray[np.uint32]) -> NDArray[np.uint64]:
    """Return one number per row that is equal where rows are; others share one by chance only."""
    mixed = np.zeros(len(slots), dtype=np.uint64)
    for column in slots.T:
        mixed = (mixed ^ column) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return mixed


def _repeated(
    bucket: NDArray[np.int64], signatures: Signatures, threshold: float
) -> list[tuple[int, int, float]]:
    """Return (later, earlier, similarity) for the members of a bucket that repeat another."""
    rows = signatures[bucket]
    kept, found = [0], []
    for later in range(1, len(bucket)):
        shares = (rows[kept] == rows[later]).mean(axis=1)
        best = int(shares.argmax())
        if shares[best] >= threshold:
            found.append((int(bucket[later]), int(bucket[kept[best]]), float(shares[best])))
        else:
            kept.append(later)
    return found
