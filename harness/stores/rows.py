"""Which row of a matrix belongs to which id, and which rows have which metadata."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

RowNumbers = NDArray[np.int64]


class Rows:
    """Ids and metadata by row number; a removed row keeps its number and has no id: it is dead."""

    def __init__(
        self, ids: Sequence[str | None] = (), metadata: Sequence[Mapping[str, str]] = ()
    ) -> None:
        self.ids: list[str | None] = []
        self.metadata: list[Mapping[str, str]] = []
        self._row_of: dict[str, int] = {}
        self._living: RowNumbers | None = None
        self._with: dict[tuple[str, str], list[int]] | None = None
        self.append(ids, metadata)

    @property
    def live(self) -> int:
        """How many rows are not dead."""
        return len(self._row_of)

    @property
    def dead(self) -> int:
        """How many rows are dead."""
        return len(self.ids) - len(self._row_of)

    def known(self, ids: Sequence[str]) -> set[str]:
        """Return those of the ids that have a row."""
        return {id for id in ids if id in self._row_of}

    def append(self, ids: Sequence[str | None], metadata: Sequence[Mapping[str, str]]) -> None:
        """Give new ids the next row numbers."""
        start = len(self.ids)
        self.ids += ids
        self.metadata += metadata
        self._row_of.update((id, row) for row, id in enumerate(ids, start) if id is not None)
        self._living = None
        if self._with is not None:
            self._note(self._with, start)

    def remove(self, ids: Sequence[str]) -> None:
        """Let the rows of these ids be dead."""
        for id in ids:
            row = self._row_of.pop(id)
            self.ids[row], self.metadata[row] = None, {}
        self._living = None

    def living(self) -> RowNumbers:
        """Return the rows that are not dead, rising; the same array until something changes."""
        living = self._living
        if living is None:
            living = np.sort(np.fromiter(self._row_of.values(), np.int64, self.live))
            self._living = living
        return living

    def having(self, where: Mapping[str, str]) -> RowNumbers:
        """Return the living rows with all of this metadata, rising."""
        index = self._with
        if index is None:
            index = {}
            self._note(index, 0)
            self._with = index
        rows = set.intersection(*(set(index.get(item, ())) for item in where.items()))
        return np.array(sorted(row for row in rows if self.ids[row] is not None), dtype=np.int64)

    def _note(self, index: dict[tuple[str, str], list[int]], start: int) -> None:
        for row in range(start, len(self.ids)):
            for item in self.metadata[row].items():
                index.setdefault(item, []).append(row)
