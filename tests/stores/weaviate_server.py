"""A server that speaks the part of Weaviate's protocol that a store needs: REST and gRPC.

The messages are those of its own client; what is done with them is written from its docs.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock
from typing import Any
from uuid import UUID

import grpc  # type: ignore[import-untyped]
import numpy as np
from weaviate.proto.v1 import (
    aggregate_pb2,
    base_pb2,
    batch_delete_pb2,
    batch_pb2,
    properties_pb2,
    search_get_pb2,
    weaviate_pb2_grpc,
)

from tests.stores.json_server import Asked, serving

KEY = "the-right-key"
Object = tuple[np.ndarray[Any, Any], dict[str, Any]]


class State:
    """Collections: their definitions, and their objects by UUID."""

    def __init__(self) -> None:
        self.definitions: dict[str, dict[str, Any]] = {}
        self.objects: dict[str, dict[str, Object]] = {}
        self.lock = Lock()


def passes(id: str, properties: dict[str, Any], filters: Any) -> bool:
    """Evaluate the filters that a store sends; anything else is an error."""
    operator = base_pb2.Filters.Operator.Name(filters.operator)
    if operator == "OPERATOR_AND":
        return all(passes(id, properties, part) for part in filters.filters)
    wanted = set(filters.value_text_array.values)
    name = filters.target.property
    there = {id} if name == "_id" else set(properties[name])
    if operator == "OPERATOR_CONTAINS_ALL":
        return wanted <= there
    if operator == "OPERATOR_CONTAINS_ANY":
        return bool(wanted & there)
    raise NotImplementedError(operator)


class Servicer(weaviate_pb2_grpc.WeaviateServicer):  # type: ignore[misc,name-defined,unused-ignore]
    """The remote procedures."""

    def __init__(self, state: State) -> None:
        self._state = state

    def BatchObjects(self, request: Any, context: Any) -> Any:
        self._admit(context)
        errors = []
        with self._state.lock:
            for place, given in enumerate(request.objects):
                vector = np.frombuffer(given.vector_bytes or given.vectors[0].vector_bytes, "<f4")
                stored = self._state.objects[given.collection]
                width = next((len(v) for v, _ in stored.values()), len(vector))
                if len(vector) != width:
                    error = f"vector lengths don't match: {width} vs {len(vector)}"
                    errors.append(batch_pb2.BatchObjectsReply.BatchError(index=place, error=error))
                    continue
                properties = dict(given.properties.non_ref_properties.items())
                for part in given.properties.text_array_properties:
                    properties[part.prop_name] = list(part.values)
                for name in given.properties.empty_list_props:
                    properties[name] = []
                properties["terms"] = list(properties["terms"])
                stored[given.uuid] = (vector, properties)
        return batch_pb2.BatchObjectsReply(took=0.0, errors=errors)

    def BatchDelete(self, request: Any, context: Any) -> Any:
        self._admit(context)
        with self._state.lock:
            stored = self._state.objects[request.collection]
            chosen = [id for id, (_, p) in stored.items() if passes(id, p, request.filters)]
            for id in chosen:
                del stored[id]
        n = len(chosen)
        return batch_delete_pb2.BatchDeleteReply(took=0.0, failed=0, matches=n, successful=n)

    def Aggregate(self, request: Any, context: Any) -> Any:
        self._admit(context)
        count = len(self._state.objects[request.collection])
        single = aggregate_pb2.AggregateReply.Single(objects_count=count)
        return aggregate_pb2.AggregateReply(took=0.0, single_result=single)

    def Search(self, request: Any, context: Any) -> Any:
        self._admit(context)
        with self._state.lock:
            stored = dict(self._state.objects[request.collection])
        rows = [(id, vector, properties) for id, (vector, properties) in stored.items()]
        if request.HasField("filters"):
            rows = [row for row in rows if passes(row[0], row[2], request.filters)]
        distances = np.zeros(len(rows))
        if request.HasField("near_vector") and rows:
            near = request.near_vector
            asked = np.frombuffer(near.vector_bytes or near.vectors[0].vector_bytes, "<f4")
            distances = -(np.stack([row[1] for row in rows]) @ asked)
        best = np.argsort(distances, kind="stable")[: request.limit]
        results = []
        for place in best:
            id, _, properties = rows[place]
            fields = {"key": properties_pb2.Value(text_value=properties["key"])}
            results.append(
                search_get_pb2.SearchResult(
                    properties=search_get_pb2.PropertiesResult(
                        non_ref_props=properties_pb2.Properties(fields=fields),
                        target_collection=request.collection,
                    ),
                    metadata=search_get_pb2.MetadataResult(
                        id=id,
                        id_as_bytes=UUID(id).bytes,
                        distance=float(distances[place]),
                        distance_present=request.metadata.distance,
                    ),
                )
            )
        return search_get_pb2.SearchReply(took=0.0, results=results)

    def _admit(self, context: Any) -> None:
        if dict(context.invocation_metadata()).get("authorization") != f"Bearer {KEY}":
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "unauthorized: invalid api key")


class Schema:
    """The definitions of collections, which are kept over REST."""

    def __init__(self, state: State) -> None:
        self._state = state

    def answer(self, asked: Asked) -> tuple[int, Any]:
        """Return the status and the reply."""
        if asked.path.endswith("/.well-known/openid-configuration"):
            return 404, None
        if asked.headers.get("authorization") != f"Bearer {KEY}":
            return 401, {"code": 401, "message": "unauthorized: invalid api key"}
        if asked.path == "/v1/meta":
            return 200, {"version": "1.34.0", "hostname": "here", "modules": {}}
        with self._state.lock:
            return self._schema(asked)

    def _schema(self, asked: Asked) -> tuple[int, Any]:
        state, name = self._state, asked.path.removeprefix("/v1/schema/")
        if asked.verb == "POST":
            name = asked.body["class"]
            if name in state.definitions:
                return 422, {"error": [{"message": f"class name {name} already exists"}]}
            state.objects[name] = {}
            state.definitions[name] = filled(asked.body)
        if name not in state.definitions:
            return 404, None
        if asked.verb == "PUT":
            state.definitions[name] = asked.body
        if asked.verb == "DELETE":
            del state.definitions[name], state.objects[name]
            return 200, None
        return 200, state.definitions[name]


def filled(definition: dict[str, Any]) -> dict[str, Any]:
    """Add what the real server adds to the definition of a collection."""
    defaults = {
        "description": "",
        "invertedIndexConfig": {
            "bm25": {"b": 0.75, "k1": 1.2},
            "cleanupIntervalSeconds": 60,
            "stopwords": {"preset": "en", "additions": None, "removals": None},
        },
        "multiTenancyConfig": {
            "enabled": False,
            "autoTenantCreation": False,
            "autoTenantActivation": False,
        },
        "replicationConfig": {
            "factor": 1,
            "asyncEnabled": False,
            "deletionStrategy": "NoAutomatedResolution",
        },
        "shardingConfig": {
            "virtualPerPhysical": 128,
            "desiredCount": 1,
            "actualCount": 1,
            "desiredVirtualCount": 128,
            "actualVirtualCount": 128,
            "key": "_id",
            "strategy": "hash",
            "function": "murmur3",
        },
    }
    graph = {
        "skip": False,
        "cleanupIntervalSeconds": 300,
        "maxConnections": 32,
        "efConstruction": 128,
        "ef": -1,
        "dynamicEfMin": 100,
        "dynamicEfMax": 500,
        "dynamicEfFactor": 8,
        "vectorCacheMaxObjects": 10**12,
        "flatSearchCutoff": 40000,
        "distance": "cosine",
        "filterStrategy": "acorn",
    }
    for settings in definition.get("vectorConfig", {}).values():
        settings["vectorIndexConfig"] = {**graph, **settings.get("vectorIndexConfig", {})}
    for one in definition["properties"]:
        one.setdefault("description", "")
        one |= {"indexFilterable": True, "indexSearchable": True, "indexRangeFilters": False}
    return {**defaults, **definition}


@contextmanager
def serve() -> Iterator[tuple[str, str]]:
    """Yield the addresses of the REST and the gRPC service on this machine."""
    state = State()
    calls = grpc.server(ThreadPoolExecutor(8))
    weaviate_pb2_grpc.add_WeaviateServicer_to_server(Servicer(state), calls)  # type: ignore[no-untyped-call]
    port = calls.add_insecure_port("127.0.0.1:0")
    calls.start()
    try:
        with serving(Schema(state).answer) as url:
            yield url, f"127.0.0.1:{port}"
    finally:
        calls.stop(None).wait()
