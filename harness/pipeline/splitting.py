"""Which split a document falls into: a function of its id, so that no other document decides."""

import hashlib

SPLITS = ("train", "dev")


def split_of(document: str, dev_share: float) -> str:
    """Return the split of a document, and of every pair about it.

    >>> {split_of(f"d{n}", 0.0) for n in range(9)}
    {'train'}
    """
    digest = hashlib.blake2b(document.encode("utf-8", "replace"), digest_size=8).digest()
    return "dev" if int.from_bytes(digest) / 2**64 < dev_share else "train"
