"""How long vector stores and BM25 take to build and to search, and how that grows.

    HARNESS_REALDATA=FOLDER python benchmarks/retrieval_speed.py [--sizes 1000 10000 100000]

Vectors are MiniLM's of real passages and of a generated world; beyond 10^5, or what --real says,
they are joined by copies with noise. Every store and size runs in a process of its own, and its
row is written when it is done: a run that was killed goes on. Read ratios, growth and CPU time;
seconds on the clock are those of one machine, and of what else it did.
"""

import argparse
import csv
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

import numpy as np
from real_vectors import asked, cache_folder, embedded, grown, passages
from resources import building, memory

from harness.stores.matrix import best_of

STORES: dict[str, dict[str, Any]] = {
    "numpy": {"type": "numpy"},
    "faiss flat": {"type": "faiss"},
    "faiss hnsw": {"type": "faiss", "index": "hnsw"},
    "faiss ivf-flat": {"type": "faiss", "index": "ivf-flat"},
    "faiss ivf-pq": {"type": "faiss", "index": "ivf-pq"},
}
SIZES = (1_000, 10_000, 100_000, 1_000_000)
MOST_PASSAGES = 100_000
WORDS = ("bm25", "rank-bm25")
K = 10
LONGEST = 60.0
"""Seconds after which no further query is timed, once there are 100."""
COLUMNS = ("what", "n", "build_s", "build_cpu_s", "mb", "peak_mb", "p50_ms", "p95_ms", "p99_ms",
           "cpu_ms", "recall", "asked", "threads", "load")  # fmt: skip
"""CPU time hardly depends on what else the machine does; `cpu_ms` is the median of a question."""
GROWS = ("build_cpu_s", "mb", "cpu_ms")


def main() -> None:
    """Measure what is not in the CSV yet, then print it all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--what", nargs="+", choices=[*STORES, *WORDS], default=[*STORES, *WORDS])
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--real", type=int, default=MOST_PASSAGES, help="vectors that are of texts")
    parser.add_argument("--cache", default="", help="folder for vectors")
    parser.add_argument("--out", type=Path, default=Path("results/retrieval_speed.csv"))
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        cache = cache_folder(options.cache)
        row = measured(options.what[0], options.sizes[0], options.real, options.threads, cache)
        append(options.out, row)
        return
    for n in sorted(options.sizes):
        for what in options.what:
            done = {(row["what"], row["n"]) for row in rows(options.out)}
            if (what, str(n)) not in done and (what in STORES or n <= MOST_PASSAGES):
                alone = ["--one", "--what", what, "--sizes", str(n), "--out", str(options.out)]
                more = ["--threads", str(options.threads), "--cache", options.cache]
                more += ["--real", str(options.real)]
                threads = {"OMP_NUM_THREADS": str(options.threads), "OMP_WAIT_POLICY": "passive"}
                subprocess.run(
                    [sys.executable, __file__, *alone, *more], env=os.environ | threads, check=True
                )
    show(rows(options.out))


def measured(what: str, n: int, real: int, threads: int, cache: Path) -> dict[str, Any]:
    """Return the row of one store, of BM25, or of rank-bm25, with n passages."""
    found = of_store(what, n, real, cache) if what in STORES else of_words(what, n, cache)
    load = round(os.getloadavg()[0], 1)
    return {"what": what, "n": n, **found, "threads": threads, "load": load}


def of_store(name: str, n: int, real: int, cache: Path) -> dict[str, Any]:
    """Build a store of n vectors and ask it one question at a time."""
    from harness import registry

    options = dict(STORES[name])
    vectors, queries = vectors_of(n, min(n, real), cache)
    exact = nearest(vectors, queries, cache / f"nearest-{n}-of-{min(n, real)}.npy")
    store = registry.create("store", options.pop("type"), options)
    ids = [str(row) for row in range(n)]
    with memory() as took, building() as seconds:
        store.create("speed", vectors.shape[1])
        store.add(ids, vectors)
    times, found = timed(lambda i: store.search(queries[i : i + 1], K)[0], len(queries))
    shares = [len({int(id) for id, _ in row} & set(exact[i])) / K for i, row in enumerate(found)]
    return {
        **seconds,
        **took,
        **times,
        "recall": round(float(np.mean(shares)), 4),
    }


def of_words(name: str, n: int, cache: Path) -> dict[str, Any]:
    """Index n passages by their words and ask one question at a time.

    `bm25` is the retriever of the harness, questions cut into words included; `rank-bm25` gets
    the same words, and ranks by its own scores.
    """
    import bm25s

    from harness.retrieval.bm25 import BM25
    from harness.timing import Stopwatch
    from harness.types import Chunk

    texts, queries, watch = passages(MOST_PASSAGES, cache)[:n], asked(), Stopwatch()

    def words(these: Sequence[str]) -> list[list[str]]:
        cut: list[list[str]] = bm25s.tokenize(
            list(these), stopwords="en", return_ids=False, show_progress=False
        )
        return cut

    with TemporaryDirectory() as folder, memory() as took, building() as seconds:
        if name == "bm25":
            ours = BM25()
            ours.index([Chunk(str(i), 0, len(t), t) for i, t in enumerate(texts)], Path(folder))
        else:
            from rank_bm25 import BM25Okapi

            theirs = BM25Okapi(words(texts))
    if name == "bm25":
        times, _ = timed(lambda i: ours.retrieve_many([queries[i]], K, watch), len(queries))
    else:
        times, _ = timed(
            lambda i: best_of(theirs.get_scores(words([queries[i]])[0]), K), len(queries)
        )
    return {**seconds, **took, **times}


def timed(ask: Any, most: int) -> tuple[dict[str, Any], list[Any]]:
    """Return percentiles of the milliseconds of single questions, and what they found."""
    for i in range(min(20, most)):
        ask(i)
    found, took, busy, end = [], [], [], perf_counter() + LONGEST
    for i in range(most):
        start, worked = perf_counter(), process_time()
        found.append(ask(i))
        busy.append(1000 * (process_time() - worked))
        took.append(1000 * (perf_counter() - start))
        if len(took) >= 100 and perf_counter() > end:
            break
    cuts = {f"p{p}_ms": round(float(np.percentile(took, p)), 3) for p in (50, 95, 99)}
    return {**cuts, "cpu_ms": round(float(np.median(busy)), 3), "asked": len(took)}, found


def vectors_of(n: int, real: int, cache: Path) -> tuple[Any, Any]:
    """Return n vectors, so many of them of texts, left on disk; and those of the questions."""
    queries = embedded(asked(), cache)
    file = cache / f"vectors-{n}-of-{real}.npy"
    if not file.exists():
        of_texts = embedded(passages(MOST_PASSAGES, cache)[:real], cache)
        np.save(file.with_suffix(".part.npy"), grown(of_texts, n))
        file.with_suffix(".part.npy").rename(file)
    return np.load(file, mmap_mode="r"), queries


def nearest(vectors: Any, queries: Any, file: Path) -> Any:
    """Return the rows of the K largest products for each question, by comparing all."""
    if not file.exists():
        blocks = (queries[start : start + 50] @ vectors.T for start in range(0, len(queries), 50))
        np.save(file, np.array([best_of(row, K) for block in blocks for row in block]))
    return np.load(file)


def rows(file: Path) -> list[dict[str, str]]:
    """Return what has been measured already."""
    if not file.exists():
        return []
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def append(file: Path, row: dict[str, Any]) -> None:
    """Write one row more."""
    new = not file.exists()
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", newline="", encoding="utf-8") as lines:
        writer = csv.DictWriter(lines, COLUMNS)
        if new:
            writer.writeheader()
        writer.writerow(row)
    print(row, flush=True)


def show(found: list[dict[str, str]]) -> None:
    """Print the rows, and the power of n with which build, memory and median grow."""
    print("".join(f"{column:>15}" for column in COLUMNS))
    for row in sorted(found, key=lambda row: (row["what"], int(row["n"]))):
        print("".join(f"{row[column]:>15}" for column in COLUMNS))
    for what in sorted({row["what"] for row in found}):
        mine = [row for row in found if row["what"] == what]
        if len(mine) > 1:
            size = np.log([float(row["n"]) for row in mine])
            powers = [
                f"{column} n^{np.polyfit(size, np.log([float(r[column]) for r in mine]), 1)[0]:.2f}"
                for column in GROWS
                if all(float(row[column]) > 0 for row in mine)
            ]
            print(f"{what}: {', '.join(powers)}")
    cost = {(row["what"], row["n"]): float(row["cpu_ms"]) for row in found}
    for what, n in cost:
        if what == "rank-bm25" and ("bm25", n) in cost:
            ratio = cost[what, n] / cost["bm25", n]
            print(f"bm25 of {n} passages: {ratio:.0f} times as fast a question as rank-bm25")


if __name__ == "__main__":
    main()
