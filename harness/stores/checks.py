"""What may be stored and asked for; the errors are the same for every store."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from harness.errors import ArtefactError, DataError
from harness.protocols import Vectors
from harness.stores.description import Description

Metadata = Mapping[str, str]


def check_unique(ids: Sequence[str]) -> None:
    """Do nothing where no id comes twice.

    Raises:
        DataError: One does.
    """
    if len(set(ids)) < len(ids):
        twice = Counter(ids).most_common(1)[0][0]
        raise DataError(f"the id {twice!r} comes twice; a vector store needs one vector per id")


def check_rows(
    ids: Sequence[str],
    vectors: Vectors,
    metadata: Sequence[Metadata] | None,
    described: Description,
) -> None:
    """Do nothing where every id is new to the others and has a vector that fits.

    Raises:
        DataError: An id comes twice, the numbers of things differ, or a number is not finite.
        ArtefactError: The vectors have another dimension than the collection.
    """
    check_unique(ids)
    if len(ids) != len(vectors):
        raise DataError(f"{len(ids)} ids came with {len(vectors)} vectors")
    if metadata is not None and len(ids) != len(metadata):
        raise DataError(f"{len(ids)} ids came with {len(metadata)} rows of metadata")
    check_vectors(vectors, described, ids)


def check_vectors(vectors: Vectors, described: Description, ids: Sequence[str] = ()) -> None:
    """Do nothing where the vectors fit the collection.

    Raises:
        DataError: A number is not finite.
        ArtefactError: They have another dimension.
    """
    shape = np.shape(vectors)
    if len(shape) != 2 or shape[1] != described.dimension:
        made_by = f" by {described.embedder}" if described.embedder else ""
        these = f"these have {shape[1]}" if len(shape) == 2 else f"these have the shape {shape}"
        raise ArtefactError(
            f"the store holds vectors of {described.dimension} numbers{made_by}, {these}; "
            "index and search with the same embedder"
        )
    bad = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
    if len(bad):
        which = f"the vector of {ids[bad[0]]!r}" if ids else f"query {bad[0]}"
        raise DataError(f"{which} has a number that is not finite; look at its embedder")
