"""Vectors in Pinecone: a namespace of an index that exists."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pinecone
from pinecone.errors import NotFoundError, PineconeError

from harness.errors import ArtefactError, StorageError
from harness.files import digest
from harness.protocols import Vectors
from harness.stores.batches import batches
from harness.stores.collection import Ranking
from harness.stores.kept import Kept, secret

_BATCH = 100
"""Vectors in one request: 1,536 numbers each stay under its limit of 2 MB."""

_IDS = 50
"""Ids in one address."""

_PAUSE_S = 0.05


def record_id(id: str) -> str:
    """Return the name of a vector: Pinecone's are short and ASCII, ours need not be."""
    return f"v{digest(id)}{digest([id])}"


class PineconeStore(Kept):
    """Records with the metadata `id` and, prefixed with `meta.`, that of the vector.

    Pinecone shows what was written a moment later: a write ends when it can be read.
    """

    signature = "pinecone"
    troubles = (PineconeError, OSError)
    deepest = 10_000

    def __init__(
        self,
        index: str,
        url: str = "https://api.pinecone.io",
        api_key_env: str = "PINECONE_API_KEY",
        timeout_s: int = 60,
    ) -> None:
        """Remember where the vectors are.

        Args:
            index: The name of an index with the metric `dotproduct` and the embedder's dimension.
            url: Of the control plane, which knows where the index is.
            api_key_env: The environment variable with the API key.
            timeout_s: How long to wait for a write to be seen.
        """
        super().__init__(url)
        self._index_name = index
        self._api_key_env = api_key_env
        self._timeout_s = timeout_s

    def _connect(self, place: Path | None) -> Callable[[], object]:
        client: Any = pinecone.Pinecone(api_key=secret(self._api_key_env, True), host=self._url)
        wanted = self._description
        try:
            index: Any = client.index(name=self._index_name)
        except NotFoundError as error:
            raise StorageError(
                f"{self._at}: no index is called {self._index_name!r}; make one with the metric "
                f"dotproduct and the dimension {wanted.dimension}"
            ) from error
        finally:
            client.close()
        about = index.describe_index_stats()
        if (about.metric or "dotproduct", about.dimension) != ("dotproduct", wanted.dimension):
            index.close()
            raise ArtefactError(
                f"{self._at}: the index {self._index_name!r} has the metric {about.metric} and "
                f"vectors of {about.dimension} numbers; wanted are dotproduct and "
                f"{wanted.dimension}, by {wanted.embedder!r}"
            )
        self._index = index
        return lambda: index.close()

    @property
    def _name(self) -> str:
        return self._description.name

    @property
    def _aside(self) -> str:
        """The namespace with the description, where no search comes upon it."""
        return f"{self._name}-description"

    def _make(self) -> None:
        for namespace in (self._name, self._aside):
            try:
                self._index.delete(delete_all=True, namespace=namespace)
            except NotFoundError:
                continue
            self._until(partial(self._count, namespace), 0)

    def _find(self) -> None:
        if not self._count(self._name) and not self._marked():
            raise LookupError(self._name)

    def _write(self, ids: list[str], vectors: Vectors, metadata: list[dict[str, str]]) -> None:
        rows = list(zip(ids, vectors.tolist(), metadata, strict=True))
        with self._trouble():
            for part in batches(rows, _BATCH):
                self._send(
                    self._name,
                    [
                        (record_id(id), vector, {"id": id, **_prefixed(meta)})
                        for id, vector, meta in part
                    ],
                )

    def _send(self, namespace: str, records: list[tuple[str, list[float], dict[str, str]]]) -> None:
        self._index.upsert(vectors=records, namespace=namespace, show_progress=False)
        written = {id: (vector, meta) for id, vector, meta in records}

        def seen() -> bool:
            found = self._fetched(namespace, list(written))
            return len(found) == len(written) and all(
                dict(found[id].metadata or {}) == meta
                and max(abs(a - b) for a, b in zip(found[id].values, vector, strict=True)) < 1e-6
                for id, (vector, meta) in written.items()
            )

        self._until(seen, True)

    def _remove(self, ids: list[str]) -> None:
        with self._trouble():
            for part in batches([record_id(id) for id in ids], _BATCH):
                self._index.delete(ids=list(part), namespace=self._name)
                self._until(partial(self._fetched, self._name, part), {})

    def _known(self, ids: list[str]) -> set[str]:
        with self._trouble():
            found = self._fetched(self._name, [record_id(id) for id in ids])
        return {str(record.metadata["id"]) for record in found.values()}

    def _nearest(self, vectors: Vectors, depth: int, where: dict[str, str]) -> list[Ranking]:
        test = {field: {"$eq": value} for field, value in _prefixed(where).items()}
        found: list[Ranking] = []
        with self._trouble():
            for vector in vectors.tolist():
                answer = self._index.query(
                    vector=vector,
                    top_k=depth,
                    namespace=self._name,
                    filter=test or None,
                    include_metadata=True,
                )
                found.append([(str(hit.metadata["id"]), hit.score) for hit in answer.matches])
        return found

    def _size(self) -> int:
        with self._trouble():
            if not self._whole:
                # counts follow the writes, too
                self._until(partial(self._count, self._name), self.count)
            return self._count(self._name)

    def _count(self, namespace: str) -> int:
        found = self._index.describe_index_stats().namespaces.get(namespace)
        return int(found.vector_count) if found else 0

    def _fetched(self, namespace: str, records: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for part in batches(records, _IDS):
            found |= self._index.fetch(ids=list(part), namespace=namespace).vectors
        return found

    def _mark(self, text: str) -> None:
        values = [1.0] + [0.0] * (self._description.dimension - 1)
        self._send(self._aside, [("description", values, {"text": text})])

    def _marked(self) -> str:
        found = self._fetched(self._aside, ["description"])
        return str(found["description"].metadata["text"]) if found else ""

    def _until(self, look: Callable[[], object], expected: object) -> None:
        """Wait for what was written to be seen."""
        end = monotonic() + self._timeout_s
        while (there := look()) != expected:
            if monotonic() > end:
                raise StorageError(
                    f"{self._at}: what was written cannot be read after {self._timeout_s} s"
                    + (f": {there} vectors, not {expected}" if isinstance(there, int) else "")
                )
            sleep(_PAUSE_S)


def _prefixed(metadata: dict[str, str]) -> dict[str, str]:
    return {f"meta.{field}": value for field, value in metadata.items()}
