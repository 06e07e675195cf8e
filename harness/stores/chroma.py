"""Vectors in Chroma, in files or on a server."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import chromadb
import httpx
from chromadb.config import Settings
from chromadb.errors import ChromaError, NotFoundError

from harness.errors import ConfigError
from harness.protocols import Vectors
from harness.stores.collection import Ranking
from harness.stores.kept import Kept, secret

_MARK = "harness"


class ChromaStore(Kept):
    """Chroma's HNSW graph with inner products."""

    signature = "chroma"
    troubles = (ChromaError, httpx.HTTPError, ValueError, RuntimeError, OSError)

    def __init__(self, url: str = "", api_key_env: str = "CHROMA_API_KEY") -> None:
        """Remember where the vectors are.

        Args:
            url: Of a Chroma server, such as `http://localhost:8000`; files where none is given.
            api_key_env: The environment variable with the token of the server, if it wants one.
        """
        super().__init__(url)
        self._api_key_env = api_key_env

    def _connect(self, place: Path | None) -> Callable[[], object]:
        settings = Settings(anonymized_telemetry=False)
        if place is not None:
            client: Any = chromadb.PersistentClient(str(place), settings)
        else:
            client = self._remote(settings)
        self._client = client
        # closing a client leaves the connections open, its own and those of its twin
        twins = [client, getattr(client, "_admin_client", None)]
        sessions = [getattr(getattr(twin, "_server", None), "_session", None) for twin in twins]

        def close() -> None:
            client.close()
            for session in sessions:
                if session is not None:
                    session.close()

        return close

    def _remote(self, settings: Settings) -> Any:
        parts = urlsplit(self._url)
        if not parts.hostname or parts.scheme not in ("http", "https"):
            raise ConfigError(f"store 'chroma': url: {self._url!r} is no http address")
        token = secret(self._api_key_env)
        return chromadb.HttpClient(
            parts.hostname,
            parts.port or (443 if parts.scheme == "https" else 8000),
            ssl=parts.scheme == "https",
            headers={"X-Chroma-Token": token, "Authorization": f"Bearer {token}"} if token else {},
            settings=settings,
        )

    def _make(self) -> None:
        name = self._description.name
        if name in {collection.name for collection in self._client.list_collections()}:
            self._client.delete_collection(name)
        # a graph cannot be searched wider than it was told when it was made
        hnsw = {"space": "ip", "max_neighbors": 32, "ef_construction": 200, "ef_search": 200}
        self._collection: Any = self._client.create_collection(
            name, configuration={"hnsw": hnsw}, embedding_function=None
        )

    def _find(self) -> None:
        try:
            self._collection = self._client.get_collection(
                self._description.name, embedding_function=None
            )
        except NotFoundError as error:
            raise LookupError(str(error)) from error

    def _write(self, ids: list[str], vectors: Vectors, metadata: list[dict[str, str]]) -> None:
        size = self._client.get_max_batch_size()
        with self._trouble():
            # an upsert merges metadata, and what was left out would stay
            known = list(self._known(ids)) if self._collection.count() else []
            for start in range(0, len(known), size):
                self._collection.delete(ids=known[start : start + size])
            for start in range(0, len(ids), size):
                part = slice(start, start + size)
                self._collection.add(
                    ids=ids[part],
                    embeddings=vectors[part],
                    metadatas=[row or None for row in metadata[part]],
                )

    def _remove(self, ids: list[str]) -> None:
        size = self._client.get_max_batch_size()
        with self._trouble():
            for start in range(0, len(ids), size):
                self._collection.delete(ids=ids[start : start + size])

    def _known(self, ids: list[str]) -> set[str]:
        size = self._client.get_max_batch_size()
        with self._trouble():
            parts = [ids[start : start + size] for start in range(0, len(ids), size)]
            found = [self._collection.get(ids=part, include=[])["ids"] for part in parts]
        return {id for part in found for id in part}

    def _nearest(self, vectors: Vectors, depth: int, where: dict[str, str]) -> list[Ranking]:
        tests: Any = [{field: {"$eq": value}} for field, value in where.items()]
        with self._trouble():
            found = self._collection.query(
                query_embeddings=vectors,
                n_results=depth,
                where={"$and": tests} if len(tests) > 1 else (tests[0] if tests else None),
                include=["distances"],
            )
        return [
            [(id, 1.0 - distance) for id, distance in zip(ids, distances, strict=True)]
            for ids, distances in zip(found["ids"], found["distances"], strict=True)
        ]

    def _size(self) -> int:
        with self._trouble():
            return int(self._collection.count())

    def _mark(self, text: str) -> None:
        self._collection.modify(metadata={_MARK: text})

    def _marked(self) -> str:
        return str((self._collection.metadata or {}).get(_MARK, ""))
