"""Vectors in Qdrant: in files, compared one by one, or on a server, which has a graph."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from pickle import UnpicklingError
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import httpx
from qdrant_client import QdrantClient, models
from qdrant_client.common.client_exceptions import QdrantException
from qdrant_client.http.exceptions import ApiException

from harness.errors import StorageError
from harness.protocols import Vectors
from harness.stores.batches import batches
from harness.stores.collection import Ranking
from harness.stores.kept import Kept, secret, terms

_MARK = "harness"
_BATCH = 500


def point_id(id: str) -> str:
    """Return the UUID of an id of ours: Qdrant and Weaviate take no other names."""
    return str(uuid5(NAMESPACE_URL, id))


class QdrantStore(Kept):
    """Points with a payload of id and terms: every metadata entry as `field=value`."""

    signature = "qdrant"
    troubles = (
        *(ApiException, QdrantException, httpx.HTTPError, ValueError, RuntimeError, OSError),
        *(sqlite3.Error, UnpicklingError),
    )

    def __init__(
        self, url: str = "", api_key_env: str = "QDRANT_API_KEY", timeout_s: int = 30
    ) -> None:
        """Remember where the vectors are.

        Args:
            url: Of a Qdrant server of version 1.16 or later, such as `http://localhost:6333`;
                files where none is given.
            api_key_env: The environment variable with the key of the server, if it wants one.
            timeout_s: How long to wait for an answer of the server.
        """
        super().__init__(url)
        self._api_key_env = api_key_env
        self._timeout_s = timeout_s

    def _connect(self, place: Path | None) -> Callable[[], object]:
        if place is not None:
            client = QdrantClient(path=str(place), force_disable_check_same_thread=True)
        else:
            client = QdrantClient(
                url=self._url,
                api_key=secret(self._api_key_env),
                timeout=self._timeout_s,
                check_compatibility=False,
            )
        self._client = client
        return client.close

    def _make(self) -> None:
        name, dimension = self._description.name, self._description.dimension
        if self._client.collection_exists(name):
            self._client.delete_collection(name)
        distance = models.Distance.DOT
        self._client.create_collection(
            name, vectors_config=models.VectorParams(size=dimension, distance=distance)
        )
        self._hasten()

    def _hasten(self) -> None:
        """Let SQLite not wait for the disk after every point: the files are a draft until saved."""
        local: Any = getattr(self._client, "_client", None)
        found = getattr(local, "collections", {}).get(self._description.name)
        connection = getattr(getattr(found, "storage", None), "storage", None)
        if connection is not None:
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("PRAGMA journal_mode = MEMORY")

    def _find(self) -> None:
        if not self._client.collection_exists(self._description.name):
            raise LookupError(self._description.name)
        self._hasten()

    def _write(self, ids: list[str], vectors: Vectors, metadata: list[dict[str, str]]) -> None:
        rows = list(zip(ids, vectors.tolist(), metadata, strict=True))
        with self._trouble():
            for part in batches(rows, _BATCH):
                points = [
                    models.PointStruct(
                        id=point_id(id), vector=vector, payload={"id": id, "terms": terms(meta)}
                    )
                    for id, vector, meta in part
                ]
                self._client.upsert(self._description.name, points, wait=True)

    def _remove(self, ids: list[str]) -> None:
        with self._trouble():
            for part in batches(ids, _BATCH):
                points = models.PointIdsList(points=[point_id(id) for id in part])
                self._client.delete(self._description.name, points, wait=True)

    def _known(self, ids: list[str]) -> set[str]:
        known = set()
        with self._trouble():
            for part in batches(ids, _BATCH):
                found = self._client.retrieve(
                    self._description.name, [point_id(id) for id in part], with_payload=["id"]
                )
                known |= {str((point.payload or {})["id"]) for point in found}
        return known

    def _nearest(self, vectors: Vectors, depth: int, where: dict[str, str]) -> list[Ranking]:
        conditions: Any = [
            models.FieldCondition(key="terms", match=models.MatchValue(value=term))
            for term in terms(where)
        ]
        requests = [
            models.QueryRequest(
                query=vector,
                limit=depth,
                filter=models.Filter(must=conditions) if conditions else None,
                params=models.SearchParams(hnsw_ef=max(128, 2 * depth)) if self._url else None,
                with_payload=["id"],
            )
            for vector in vectors.tolist()
        ]
        found: list[Ranking] = []
        with self._trouble():
            for part in batches(requests, _BATCH):
                answers = self._client.query_batch_points(self._description.name, part)
                found += [
                    [(str((point.payload or {})["id"]), point.score) for point in answer.points]
                    for answer in answers
                ]
        return found

    def _size(self) -> int:
        with self._trouble():
            return self._client.count(self._description.name, exact=True).count

    def _mark(self, text: str) -> None:
        self._client.update_collection(self._description.name, metadata={_MARK: text})
        if self._marked() != text:
            raise StorageError(f"{self._at} keeps no metadata of collections; 1.16 or later does")

    def _marked(self) -> str:
        config = self._client.get_collection(self._description.name).config
        return str((config.metadata or {}).get(_MARK, ""))
