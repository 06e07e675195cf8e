"""What the stores in memory do alike: rows that die, and a matrix without the dead ones."""

import json
from abc import abstractmethod
from pathlib import Path

from harness.errors import ArtefactError
from harness.files import write_text
from harness.protocols import Vectors
from harness.stores.collection import Collection, Ranking
from harness.stores.description import REMEDY
from harness.stores.rows import RowNumbers, Rows

_FEW = 1000
"""Dead rows that are not worth a rebuild."""


class InMemory(Collection):
    """A collection whose rows are numbered, so that an index need not know ids or metadata."""

    def __init__(self) -> None:
        super().__init__()
        self._rows = Rows()

    def _write(self, ids: list[str], vectors: Vectors, metadata: list[dict[str, str]]) -> None:
        self._rows.remove(list(self._rows.known(ids)))
        self._rows.append(ids, metadata)
        self._append(vectors)
        self._sweep()

    def _remove(self, ids: list[str]) -> None:
        self._rows.remove(ids)
        self._sweep()

    def _known(self, ids: list[str]) -> set[str]:
        return self._rows.known(ids)

    def _size(self) -> int:
        return self._rows.live

    def _nearest(self, vectors: Vectors, depth: int, where: dict[str, str]) -> list[Ranking]:
        rows = None
        if where:
            rows = self._rows.having(where)
        elif self._rows.dead:
            rows = self._rows.living()
        if rows is not None and not len(rows):
            return [[] for _ in vectors]
        return [
            [
                (str(self._rows.ids[n]), s)
                for n, s in zip(best.tolist(), scores.tolist(), strict=True)
            ]
            for best, scores in self._rank(vectors, depth, rows)
        ]

    def _sweep(self) -> None:
        """Leave the dead rows out once they are more than a quarter."""
        if self._rows.dead > max(_FEW, len(self._rows.ids) // 4):
            living, old = self._rows.living(), self._rows
            vectors = self._vectors(living)
            ids, metadata = ([rows[n] for n in living] for rows in (old.ids, old.metadata))
            self._rows = Rows(ids, metadata)
            self._reset()
            self._append(vectors)

    def _begin(self) -> None:
        self._rows = Rows()
        self._reset()

    def _release(self) -> None:
        self._rows = Rows()
        self._reset()

    def _keep(self, folder: Path) -> None:
        self._write_index(folder)
        text = json.dumps({"ids": self._rows.ids, "metadata": self._rows.metadata})
        write_text(folder / "rows.json", text)

    def _open(self, folder: Path) -> None:
        try:
            found = json.loads((folder / "rows.json").read_text(encoding="utf-8"))
            ids, metadata = found["ids"], found["metadata"]
            vectors = self._read_index(folder)
        except (OSError, RuntimeError, ValueError, TypeError, KeyError, EOFError) as error:
            raise ArtefactError(f"{folder}: no readable vectors ({error}); {REMEDY}") from error
        if not len(ids) == len(metadata) == vectors:
            raise ArtefactError(f"{folder}: {vectors} vectors, {len(ids)} ids; {REMEDY}")
        self._rows = Rows(ids, metadata)

    @abstractmethod
    def _reset(self) -> None:
        """Hold no vector."""

    @abstractmethod
    def _append(self, vectors: Vectors) -> None:
        """Give these vectors the next row numbers."""

    @abstractmethod
    def _vectors(self, rows: RowNumbers) -> Vectors:
        """Return the vectors of these rows as they were appended."""

    @abstractmethod
    def _rank(
        self, queries: Vectors, depth: int, rows: RowNumbers | None
    ) -> list[tuple[RowNumbers, Vectors]]:
        """Return for each query the best rows and their products, among some rows or all."""

    @abstractmethod
    def _write_index(self, folder: Path) -> None:
        """Write the vectors."""

    @abstractmethod
    def _read_index(self, folder: Path) -> int:
        """Read the vectors back and return how many there are."""
