"""Vectors in Weaviate."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import weaviate
from weaviate.classes.config import Configure, DataType, Property, Tokenization, VectorDistances
from weaviate.classes.data import DataObject
from weaviate.classes.init import AdditionalConfig, Auth, Timeout
from weaviate.classes.query import Filter, MetadataQuery
from weaviate.exceptions import WeaviateBaseError

from harness.errors import ConfigError, StorageError
from harness.protocols import Vectors
from harness.stores.batches import batches
from harness.stores.collection import Ranking
from harness.stores.kept import Kept, secret, terms
from harness.stores.qdrant import point_id

_BATCH = 500


class WeaviateStore(Kept):
    """Objects with the properties key and terms: every metadata entry as `field=value`."""

    signature = "weaviate"
    troubles = (WeaviateBaseError, OSError)
    deepest = 10_000

    def __init__(
        self,
        url: str,
        grpc: str = "",
        api_key_env: str = "WEAVIATE_API_KEY",
        timeout_s: int = 30,
    ) -> None:
        """Remember where the vectors are.

        Args:
            url: Of a Weaviate server, such as `http://localhost:8080`.
            grpc: Host and port of its gRPC service, such as `localhost:50051`; the host of the
                URL and port 50051, or 443 with https, where none is given.
            api_key_env: The environment variable with the key of the server, if it wants one.
            timeout_s: How long to wait for an answer.
        """
        super().__init__(url)
        self._grpc = grpc
        self._api_key_env = api_key_env
        self._timeout_s = timeout_s

    def _connect(self, place: Path | None) -> Callable[[], object]:
        parts = urlsplit(self._url)
        if not parts.hostname or parts.scheme not in ("http", "https"):
            raise ConfigError(f"store 'weaviate': url: {self._url!r} is no http address")
        secure = parts.scheme == "https"
        host, _, port = self._grpc.rpartition(":") if self._grpc else ("", "", "")
        key = secret(self._api_key_env)
        seconds = self._timeout_s
        client = weaviate.connect_to_custom(
            http_host=parts.hostname,
            http_port=parts.port or (443 if secure else 80),
            http_secure=secure,
            grpc_host=host or parts.hostname,
            grpc_port=int(port or (443 if secure else 50051)),
            grpc_secure=secure,
            auth_credentials=Auth.api_key(key) if key else None,
            additional_config=AdditionalConfig(
                timeout=Timeout(init=seconds, query=seconds, insert=4 * seconds)
            ),
            # these ask a package registry for the newest client
            skip_init_checks=True,
        )
        self._client: Any = client
        return client.close

    @property
    def _name(self) -> str:
        """The name of the collection; Weaviate's begin with a capital."""
        return self._description.name.capitalize()

    def _make(self) -> None:
        if self._client.collections.exists(self._name):
            self._client.collections.delete(self._name)
        graph = Configure.VectorIndex.hnsw(distance_metric=VectorDistances.DOT)
        self._collection: Any = self._client.collections.create(
            self._name,
            vector_config=Configure.Vectors.self_provided(vector_index_config=graph),
            properties=[
                Property(name="key", data_type=DataType.TEXT, tokenization=Tokenization.FIELD),
                Property(
                    name="terms", data_type=DataType.TEXT_ARRAY, tokenization=Tokenization.FIELD
                ),
            ],
        )

    def _find(self) -> None:
        if not self._client.collections.exists(self._name):
            raise LookupError(self._name)
        self._collection = self._client.collections.use(self._name)

    def _write(self, ids: list[str], vectors: Vectors, metadata: list[dict[str, str]]) -> None:
        rows = list(zip(ids, vectors.tolist(), metadata, strict=True))
        with self._trouble():
            for part in batches(rows, _BATCH):
                objects = [
                    DataObject(
                        properties={"key": id, "terms": terms(meta)},
                        uuid=point_id(id),
                        vector=vector,
                    )
                    for id, vector, meta in part
                ]
                done = self._collection.data.insert_many(objects)
                if done.has_errors:
                    first = next(iter(done.errors.values())).message
                    raise StorageError(f"{self._at}: {len(done.errors)} not stored: {first}")

    def _remove(self, ids: list[str]) -> None:
        with self._trouble():
            for part in batches(ids, _BATCH):
                among = Filter.by_id().contains_any([point_id(id) for id in part])
                done = self._collection.data.delete_many(where=among)
                if done.failed:
                    raise StorageError(f"{self._at}: {done.failed} vectors could not be deleted")

    def _known(self, ids: list[str]) -> set[str]:
        known: set[str] = set()
        with self._trouble():
            for part in batches(ids, _BATCH):
                found = self._collection.query.fetch_objects(
                    filters=Filter.by_id().contains_any([point_id(id) for id in part]),
                    limit=len(part),
                    return_properties=["key"],
                )
                known |= {str(found.properties["key"]) for found in found.objects}
        return known

    def _nearest(self, vectors: Vectors, depth: int, where: dict[str, str]) -> list[Ranking]:
        having = Filter.by_property("terms").contains_all(terms(where)) if where else None
        found: list[Ranking] = []
        with self._trouble():
            for vector in vectors.tolist():
                answer = self._collection.query.near_vector(
                    near_vector=vector,
                    limit=depth,
                    filters=having,
                    return_metadata=MetadataQuery(distance=True),
                    return_properties=["key"],
                )
                # its distance is the negative product
                found.append(
                    [(str(hit.properties["key"]), -hit.metadata.distance) for hit in answer.objects]
                )
        return found

    def _size(self) -> int:
        with self._trouble():
            return int(self._collection.aggregate.over_all(total_count=True).total_count)

    def _mark(self, text: str) -> None:
        self._collection.config.update(description=text)

    def _marked(self) -> str:
        return str(self._collection.config.get(simple=True).description or "")
