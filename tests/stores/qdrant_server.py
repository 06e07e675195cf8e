"""A server that speaks the part of Qdrant's REST protocol that a store needs.

It knows the paths and the shapes of the requests; what is stored and found is up to the engine
that the client brings for use without a server.
"""

from contextlib import AbstractContextManager
from threading import Lock
from typing import Any

from qdrant_client import QdrantClient, models

from tests.stores.json_server import Asked, serving

KEY = "the-right-key"


class Service:
    """What each request does, on an engine in memory."""

    def __init__(self) -> None:
        self.engine = QdrantClient(":memory:")
        self.lock = Lock()

    def answer(self, asked: Asked) -> tuple[int, Any]:
        """Return the status and the reply."""
        status, result = 401, None
        if asked.headers.get("api-key") == KEY:
            with self.lock:
                status, result = self._result(asked.verb, asked.path, asked.body)
        said: dict[str, Any] = {"time": 0.0, "status": "ok", "result": result}
        if status != 200:
            said["status"] = {"error": "Invalid API key" if status == 401 else "Not found"}
        return status, said

    def _result(self, verb: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        _, kind, name, *rest = path.split("/")
        if kind != "collections":
            return 404, None
        if rest == ["exists"]:
            return 200, {"exists": self.engine.collection_exists(name)}
        if not rest:
            return self._collection(verb, name, body)
        if not self.engine.collection_exists(name):
            return 404, None
        return 200, self._points(verb, name, rest, body)

    def _collection(self, verb: str, name: str, body: dict[str, Any]) -> tuple[int, Any]:
        if verb == "PUT":
            vectors = models.VectorParams(**body["vectors"])
            return 200, self.engine.create_collection(name, vectors_config=vectors)
        if not self.engine.collection_exists(name):
            return 404, None
        if verb == "DELETE":
            return 200, self.engine.delete_collection(name)
        if verb == "PATCH":
            return 200, self.engine.update_collection(name, metadata=body["metadata"])
        return 200, self.engine.get_collection(name).model_dump(mode="json")

    def _points(self, verb: str, name: str, rest: list[str], body: dict[str, Any]) -> Any:
        done = {"operation_id": 1, "status": "completed"}
        if (verb, rest) == ("PUT", ["points"]):
            self.engine.upsert(name, [models.PointStruct(**point) for point in body["points"]])
            return done
        if rest == ["points", "delete"]:
            self.engine.delete(name, models.PointIdsList(points=body["points"]))
            return done
        if rest == ["points", "count"]:
            return {"count": self.engine.count(name, exact=body["exact"]).count}
        if rest == ["points"]:
            found = self.engine.retrieve(name, body["ids"], with_payload=body["with_payload"])
            return [point.model_dump(mode="json") for point in found]
        if rest == ["points", "query", "batch"]:
            requests = [models.QueryRequest(**search) for search in body["searches"]]
            for request in requests:
                request.params = None  # of a graph, which this engine does not have
            answers = self.engine.query_batch_points(name, requests)
            return [answer.model_dump(mode="json") for answer in answers]
        raise NotImplementedError(f"{verb} {rest}")


def serve() -> AbstractContextManager[str]:
    """Return what yields the address of a server on this machine."""
    return serving(Service().answer)
