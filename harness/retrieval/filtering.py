"""Retrieval from a part of the corpus: passages of documents with certain metadata."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from harness.errors import ConfigError, did_you_mean
from harness.types import Chunk

Filter = Mapping[str, str | int | float]
"""Field of a document to the value that it must have; every field must fit."""

_SHOWN = 10
"""Values named in an error."""


def as_text(where: Filter | None) -> dict[str, str]:
    """Return a filter as metadata are kept: as strings.

    >>> as_text({"year": 2024})
    {'year': '2024'}
    """
    return {field: str(value) for field, value in (where or {}).items()}


def shown(where: Mapping[str, str]) -> str:
    """Return the end of a signature: empty without a filter.

    >>> shown({"year": "2024", "kind": "note"})
    " filter kind='note' year='2024'"
    """
    pairs = (f" {field}={value!r}" for field, value in sorted(where.items()))
    return f" filter{''.join(pairs)}" if where else ""


def passing(where: Mapping[str, str], chunks: Sequence[Chunk]) -> NDArray[np.bool_]:
    """Return which chunks pass, shape (len(chunks),).

    Raises:
        ConfigError: No document has a field or value of the filter; names those that there are.
    """
    passed = np.ones(len(chunks), dtype=bool)
    for field, value in where.items():
        values = [chunk.meta.get(field) for chunk in chunks]
        there = sorted({known for known in values if known is not None})
        if not there:
            fields = {name for chunk in chunks for name in chunk.meta}
            hint = did_you_mean(field, fields) if fields else "the documents have no metadata"
            raise ConfigError(f"filter: no document has a field {field!r}; {hint}")
        if value not in there:
            named = ", ".join(map(repr, there[:_SHOWN])) + (", ..." if there[_SHOWN:] else "")
            raise ConfigError(f"filter: no document has {field}={value!r}; there are {named}")
        passed &= np.array([known == value for known in values])
    if not passed.any():
        raise ConfigError(f"filter: no document has all of{shown(where).removeprefix(' filter')}")
    return passed
