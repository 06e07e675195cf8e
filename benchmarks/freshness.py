"""How soon a vector store shows what was written, and no longer what was deleted.

    python -m benchmarks.freshness [--vectors 10000] [--rounds 50] [--stores numpy chroma ...]

For each store, milliseconds from the beginning of a write to the end of the first query that sees
it: a new vector, one in place of another, one deleted. The queries that did not see it yet are
counted; a store that makes a write wait until it can be read has none. Servers are those that
the tests start; three are stand-ins (docs/stores.md), whose times say nothing, and are left out.
"""

import argparse
import csv
import os
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from harness import registry
from harness.protocols import VectorStore
from tests.stores.conftest import STORES, Servers
from tests.stores.vectors import topics

STAND_INS = {"qdrant-server", "weaviate", "pinecone"}
CHANGES = ("visible", "replaced", "forgotten")
PATIENCE = 30.0
"""Seconds after which a write counts as lost."""


def main() -> None:
    """Print and write one row a store."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vectors", type=int, default=10_000)
    parser.add_argument("--dimension", type=int, default=384)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--stores", nargs="+", default=[s for s in STORES if s not in STAND_INS])
    parser.add_argument("--out", type=Path, default=Path("results/freshness.csv"))
    options = parser.parse_args()
    columns = [f"{change} {cut}" for change in CHANGES for cut in ("p50_ms", "p95_ms", "stale")]
    print(f"{'store':16}" + "".join(f"{column:>18}" for column in columns), flush=True)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        root = Path(stack.enter_context(TemporaryDirectory()))
        file = stack.enter_context(options.out.open("w", newline="", encoding="utf-8"))
        writer = csv.writer(file)
        writer.writerow(["store", "vectors", *columns, "load"])
        servers = Servers(root, stack)
        for name in options.stores:
            said = dict(servers.options(name, options.dimension))
            store = registry.create("store", said.pop("type"), said)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of Qdrant's local mode, that it is not for many
                cells = measured(store, options.vectors, options.dimension, options.rounds)
            store.close()
            print(f"{name:16}" + "".join(f"{cell:18.3f}" for cell in cells), flush=True)
            writer.writerow([name, options.vectors, *cells, round(os.getloadavg()[0], 1)])
            file.flush()


def measured(store: VectorStore, n: int, dimension: int, rounds: int) -> list[float]:
    """Return median and 95th percentile in ms, and queries that came too soon, of each change."""
    vectors = topics(n + 2 * rounds, dimension)
    store.create("freshness", dimension)
    store.add([f"old{i}" for i in range(n)], vectors[:n])
    took: dict[str, list[float]] = {change: [] for change in CHANGES}
    stale = dict.fromkeys(CHANGES, 0)
    for i in range(rounds):
        first, second = vectors[n + 2 * i : n + 2 * i + 1], vectors[n + 2 * i + 1 : n + 2 * i + 2]
        steps: dict[str, tuple[Callable[[], None], Callable[[], bool]]] = {
            "visible": (
                lambda v=first, i=i: store.add([f"new{i}"], v),
                lambda v=first, i=i: _best(store, v) == (f"new{i}", 1.0),
            ),
            "replaced": (
                lambda v=second, i=i: store.upsert([f"new{i}"], v),
                lambda v=second, i=i: _best(store, v) == (f"new{i}", 1.0),
            ),
            "forgotten": (
                lambda i=i: store.delete([f"new{i}"]),
                lambda v=second, i=i: _best(store, v)[0] != f"new{i}",
            ),
        }
        for change, (write, seen) in steps.items():
            start = perf_counter()
            write()
            while not seen():
                stale[change] += 1
                if perf_counter() - start > PATIENCE:
                    raise SystemExit(f"{store.signature}: {change} not within {PATIENCE:g} s")
            took[change].append(1000 * (perf_counter() - start))
        assert (f"new{i}", 1.0) != _best(store, first), "a replaced vector came back"
    return [
        cell
        for change in CHANGES
        for cell in (
            median(took[change]), float(np.percentile(took[change], 95)), float(stale[change])
        )
    ]  # fmt: skip


def _best(
    store: VectorStore, query: "np.ndarray[tuple[int, int], np.dtype[np.float32]]"
) -> tuple[str, float]:
    return store.search(query, 1)[0][0]


if __name__ == "__main__":
    main()
