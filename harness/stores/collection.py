"""What every store does alike: checks, rounding, ties, and a description written last."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np

from harness.errors import ArtefactError, ConfigError, DataError, did_you_mean
from harness.files import write_text
from harness.protocols import Vectors
from harness.stores.checks import Metadata, check_rows, check_unique, check_vectors
from harness.stores.description import FILE, REMEDY, Description, as_text, read_description

Ranking = list[tuple[str, float]]

_DECIMALS = 6
"""Products of unit vectors differ beyond these by the order of summation only: equal texts tie."""


class Collection(ABC):
    """A store of vectors in a named collection; how they are kept is up to the subclass."""

    deepest: int | None = None
    """Most results that one search can return; None where there is no such limit."""

    def __init__(self) -> None:
        self._described: Description | None = None

    @property
    @abstractmethod
    def signature(self) -> str:
        """The kind of store and the settings that a ranking depends on; no address."""

    @property
    def count(self) -> int:
        """How many vectors are stored."""
        return self._described.count if self._described else 0

    def create(self, name: str, dimension: int, embedder: str = "") -> None:
        """Begin an empty collection, in place of what is left of one of that name."""
        if dimension < 1:
            raise ConfigError(f"a vector has at least one number, not {dimension}")
        self.close()
        self._described = Description(self._kind, name, dimension, embedder)
        self._begin()

    def add(
        self, ids: Sequence[str], vectors: Vectors, metadata: Sequence[Metadata] | None = None
    ) -> None:
        """Store new vectors, shape (len(ids), dimension).

        Raises:
            DataError: An id comes twice or is stored already, or a number is not finite.
            ArtefactError: The vectors have another dimension than the collection.
        """
        check_rows(ids, vectors, metadata, self._description)
        if known := self._stored(ids):
            raise DataError(
                f"the id {min(known)!r} comes twice; a vector store needs one vector per id"
            )
        self._put(ids, vectors, metadata, len(ids))

    def upsert(
        self, ids: Sequence[str], vectors: Vectors, metadata: Sequence[Metadata] | None = None
    ) -> None:
        """Store vectors with their metadata, in place of those that have the same ids.

        Raises:
            DataError: An id comes twice, or a number is not finite.
            ArtefactError: The vectors have another dimension than the collection.
        """
        check_rows(ids, vectors, metadata, self._description)
        self._put(ids, vectors, metadata, len(ids) - len(self._stored(ids)))

    def delete(self, ids: Sequence[str]) -> None:
        """Remove vectors: nothing where one of the ids is unknown or comes twice.

        Raises:
            DataError: It is.
        """
        check_unique(ids)
        if unknown := set(ids) - self._stored(ids):
            raise DataError(
                f"no vector has the id {min(unknown)!r}; only what was added can be deleted"
            )
        if ids:
            self._begin_change()
            self._change(count=self.count - len(ids))
            self._remove(list(ids))

    def search(self, vectors: Vectors, k: int, where: Metadata | None = None) -> list[Ranking]:
        """Return for each query at most k (id, inner product), best first, ties broken by id.

        Products are rounded to six decimals.

        Args:
            vectors: Queries, shape (n, dimension).
            k: At least 1.
            where: Metadata that a result must have, all of it.

        Raises:
            ConfigError: k is below 1, or no vector has a field of `where`.
            DataError: A number is not finite.
            ArtefactError: The queries have another dimension than the collection.
        """
        if k < 1:
            raise ConfigError(f"a search for k={k} results; ask for at least one")
        check_vectors(vectors, self._description)
        for field in where or {}:
            if field not in self._description.fields:
                hint = did_you_mean(field, self._description.fields)
                raise ConfigError(f"no stored vector has a metadata field {field!r}; {hint}")
        queries = np.ascontiguousarray(vectors, dtype=np.float32)
        found: list[Ranking] = [[] for _ in queries]
        deepest = min(self.count, self.deepest or self.count)
        # Among equals a store returns which it likes: one more, and deeper until a worse one shows.
        depth = min(k + 1, deepest)
        waiting = list(range(len(queries))) if deepest else []
        while waiting:
            rows = self._nearest(queries[waiting], depth, dict(where or {}))
            undecided = []
            for query, row in zip(waiting, rows, strict=True):
                pairs = [(id, round(score, _DECIMALS) + 0.0) for id, score in row]
                pairs.sort(key=lambda pair: (-pair[1], pair[0]))
                found[query] = pairs[:k]
                if k < depth <= len(pairs) and pairs[-1][1] == pairs[k - 1][1]:
                    undecided.append(query)
            waiting = undecided if depth < deepest else []
            depth = min(2 * depth, deepest)
        return found

    def save(self, folder: Path) -> None:
        """Write everything `load` needs into an existing folder, the description last."""
        there = self._size()
        if there != self.count:
            raise ArtefactError(
                f"{self.signature}: {self.count} vectors were stored and {there} are there; "
                "something else writes to the collection"
            )
        path = folder / FILE
        path.unlink(missing_ok=True)
        self._change(stamp=uuid4().hex)
        self._keep(folder)
        write_text(path, as_text(self._description) + "\n")

    def load(self, folder: Path) -> None:
        """Read back what `save` wrote.

        Raises:
            ArtefactError: It is absent, damaged, half-written, or of another store.
        """
        self.close()
        described = read_description(folder)
        if described.store != self._kind:
            raise ArtefactError(
                f"{folder}: these vectors were stored by {described.store}, not by {self._kind}; "
                f"{REMEDY}"
            )
        self._described = described
        try:
            self._open(folder)
            there = self._size()
        except BaseException:
            self.close()
            raise
        if there != described.count:
            self.close()
            raise ArtefactError(f"{folder}: {there} vectors of {described.count}; {REMEDY}")

    def close(self) -> None:
        """Let go of files and connections; what is on a server stays there."""
        self._release()
        self._described = None

    @property
    def _description(self) -> Description:
        if self._described is None:
            raise ArtefactError(f"{self.signature}: no collection is open; create or load one")
        return self._described

    @property
    def _kind(self) -> str:
        """The name of the store, without its settings."""
        return self.signature.split()[0]

    def _put(
        self, ids: Sequence[str], vectors: Vectors, metadata: Sequence[Metadata] | None, new: int
    ) -> None:
        if not ids:
            return
        rows = [dict(row) for row in metadata] if metadata else [{} for _ in ids]
        self._begin_change()
        fields = {*self._description.fields, *(field for row in rows for field in row)}
        self._change(fields=tuple(sorted(fields)), count=self.count + new)
        self._write(list(ids), np.ascontiguousarray(vectors, dtype=np.float32), rows)

    def _change(self, **facts: Any) -> None:
        self._described = replace(self._description, **facts)

    def _stored(self, ids: Sequence[str]) -> set[str]:
        return self._known(list(ids)) if ids and self.count else set()

    @abstractmethod
    def _begin(self) -> None:
        """Make an empty collection, dropping one of the same name."""

    @abstractmethod
    def _write(self, ids: list[str], vectors: Vectors, metadata: list[dict[str, str]]) -> None:
        """Store rows, in place of those with the same ids."""

    @abstractmethod
    def _remove(self, ids: list[str]) -> None:
        """Remove rows that are there."""

    @abstractmethod
    def _known(self, ids: list[str]) -> set[str]:
        """Return those of the ids that are stored."""

    @abstractmethod
    def _nearest(self, vectors: Vectors, depth: int, where: dict[str, str]) -> list[Ranking]:
        """Return for each query the `depth` best, fewer where there are no more."""

    @abstractmethod
    def _size(self) -> int:
        """Count the vectors that are really there."""

    @abstractmethod
    def _keep(self, folder: Path) -> None:
        """Write what `_open` needs."""

    @abstractmethod
    def _open(self, folder: Path) -> None:
        """Read back what `_keep` wrote."""

    def _begin_change(self) -> None:  # noqa: B027 - what is only in memory is never half-written
        """Take away what says that the collection is whole."""

    def _release(self) -> None:  # noqa: B027 - a store in memory has nothing to let go of
        """Close files and connections, if there are any."""
