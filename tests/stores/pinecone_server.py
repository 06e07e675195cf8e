"""A server that speaks the part of Pinecone's protocol that a store needs, written from its docs.

Writes can be read a moment later, as on the real one.
"""

from contextlib import AbstractContextManager
from threading import Lock
from time import monotonic
from typing import Any
from urllib.parse import unquote

import numpy as np

from tests.stores.json_server import Asked, serving

KEY = "the-right-key"
INDEX = "passages"


class State:
    """Namespaces of one index, and the writes that are not seen yet."""

    def __init__(self, dimension: int, lag_s: float) -> None:
        self.dimension = dimension
        self.lag_s = lag_s
        self.namespaces: dict[str, dict[str, dict[str, Any]]] = {}
        self._coming: list[tuple[float, str, dict[str, Any]]] = []
        self._lock = Lock()

    def write(self, verb: str, body: dict[str, Any]) -> None:
        with self._lock:
            self._coming.append((monotonic() + self.lag_s, verb, body))

    def seen(self) -> dict[str, dict[str, dict[str, Any]]]:
        with self._lock:
            while self._coming and self._coming[0][0] <= monotonic():
                _, verb, body = self._coming.pop(0)
                records = self.namespaces.setdefault(body.get("namespace", ""), {})
                if verb == "upsert":
                    records.update({record["id"]: record for record in body["vectors"]})
                elif body.get("deleteAll"):
                    records.clear()
                else:
                    for id in body["ids"]:
                        records.pop(id, None)
                if not records:
                    del self.namespaces[body.get("namespace", "")]
            return {name: dict(records) for name, records in self.namespaces.items()}


def matches(metadata: dict[str, Any], test: dict[str, Any]) -> bool:
    return all(metadata.get(field) == wanted["$eq"] for field, wanted in test.items())


def nearest(rows: dict[str, dict[str, Any]], body: dict[str, Any]) -> list[dict[str, Any]]:
    test = body.get("filter") or {}
    kept = [row for row in rows.values() if matches(row.get("metadata", {}), test)]
    if not kept:
        return []
    scores = np.array([row["values"] for row in kept]) @ np.array(body["vector"])
    return [
        {
            "id": kept[place]["id"],
            "score": float(scores[place]),
            "metadata": kept[place].get("metadata", {}),
        }
        for place in np.argsort(-scores, kind="stable")[: body["topK"]]
    ]


def described(name: str, host: str, dimension: int) -> dict[str, Any]:
    """Return what the control plane says of an index."""
    field = {"type": "dense_vector", "dimension": dimension, "metric": "dotproduct"}
    return {
        "name": name,
        "host": f"http://{host}",
        "status": {"ready": True, "state": "Ready"},
        "schema": {"fields": {"_values": field}},
        "deployment": {"deployment_type": "managed", "cloud": "aws", "region": "us-east-1"},
        "deletion_protection": "disabled",
    }


class Service:
    """What each request does."""

    def __init__(self, state: State) -> None:
        self._state = state

    def answer(self, asked: Asked) -> tuple[int, Any]:
        """Return the status and the reply."""
        state, body = self._state, asked.body
        if asked.headers.get("api-key") != KEY:
            return 401, {"error": {"code": "UNAUTHENTICATED", "message": "bad key"}, "status": 401}
        if asked.path.startswith("/indexes/"):
            name = unquote(asked.path.removeprefix("/indexes/"))
            if name == INDEX:
                return 200, described(name, asked.headers["host"], state.dimension)
            error = {"code": "NOT_FOUND", "message": f"{name} not found"}
            return 404, {"error": error, "status": 404}
        if asked.path == "/vectors/upsert":
            wrong = [v for v in body["vectors"] if len(v["values"]) != state.dimension]
            if wrong or len(body["vectors"]) > 1000:
                return 400, {"code": 3, "message": "dimension or size", "details": []}
            state.write("upsert", body)
            return 200, {"upsertedCount": len(body["vectors"])}
        if asked.path == "/vectors/delete":
            if body.get("deleteAll") and body["namespace"] not in state.seen():
                return 404, {"code": 5, "message": "Namespace not found"}
            state.write("delete", body)
            return 200, {}
        return self._read(asked)

    def _read(self, asked: Asked) -> tuple[int, Any]:
        seen, body = self._state.seen(), asked.body
        if asked.path == "/describe_index_stats":
            return 200, {
                "namespaces": {name: {"vectorCount": len(rows)} for name, rows in seen.items()},
                "dimension": self._state.dimension,
                "metric": "dotproduct",
                "totalVectorCount": sum(len(rows) for rows in seen.values()),
            }
        if asked.path == "/vectors/fetch":
            namespace = asked.query.get("namespace", [""])[0]
            rows = seen.get(namespace, {})
            records = {id: rows[id] for id in asked.query["ids"] if id in rows}
            return 200, {"vectors": records, "namespace": namespace}
        if asked.path == "/query":
            namespace = body.get("namespace", "")
            found = nearest(seen.get(namespace, {}), body)
            return 200, {"matches": found, "namespace": namespace}
        return 404, {"code": 5, "message": f"no {asked.path}"}


def serve(dimension: int, lag_s: float = 0.005) -> AbstractContextManager[str]:
    """Return what yields the address of a server on this machine."""
    return serving(Service(State(dimension, lag_s)).answer)
