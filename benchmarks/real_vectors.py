"""Passages, questions and their MiniLM vectors for the retrieval benchmarks, embedded once.

Two thirds of the passages are of real question sets where the folder HARNESS_REALDATA is given,
the rest of a generated world. Vectors are kept in parts in a cache folder, so a killed run goes on.
"""

import json
import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

import numpy as np

from harness.chunking.recursive import Recursive
from harness.data import load
from harness.files import digest
from harness.protocols import Vectors
from harness.types import Document
from harness.worlds.entities import entities
from harness.worlds.questions import questions, role_of
from harness.worlds.writing import write

TOKENS = 32
PART = 5_000
ASKED = 1_000
JITTER = 0.25
"""Length of what is added to a copy: its cosine with the original is about .97."""


def cache_folder(given: str) -> Path:
    """Return the folder for vectors, made where it is absent."""
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(given or Path(home) / "harness-benchmarks")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def passages(n: int, cache: Path) -> list[str]:
    """Return n different passages of at most 32 tokens, titles before them, in a seeded order."""
    file = cache / f"passages-{n}-{TOKENS}{'-real' if _real() else ''}.json"
    if not file.exists():
        real = _cut(_real_documents(), 10 * n)
        real = Random(1).sample(real, min(2 * n // 3, len(real)))
        texts = real + _cut(_world(), n - len(real))
        Random(0).shuffle(texts)
        file.write_text(json.dumps(texts), encoding="utf-8")
    found: list[str] = json.loads(file.read_text(encoding="utf-8"))
    return found


def asked() -> list[str]:
    """Return 1,000 questions, half of them real ones where there are any; none is a passage."""
    real = sorted({q.text for folder in _real() for q in load(folder).questions})
    world = []
    for index, entity in enumerate(islice(entities(1, 1_000_000), 4 * ASKED)):
        document = write(entity, Random(f"1/{index}/wording"))
        rows = list(questions(1, index, str(index), document, role=role_of(index)))
        world += [row.question for row in rows[:1]]
    half = min(ASKED // 2, len(real))
    texts = Random(0).sample(real, half) + Random(1).sample(world, ASKED - half)
    Random(2).shuffle(texts)
    return texts


def embedded(texts: list[str], cache: Path) -> Vectors:
    """Return the vectors of these texts, shape (n, 384), from the cache as far as they are there.

    In bfloat16, since they are many; their cosines with those in float32 are above .99. A part of
    5,000 texts is written as soon as it is done.
    """
    from harness.retrieval.minilm import MiniLM

    model, parts = MiniLM(precision="bfloat16"), []
    for start in range(0, len(texts), PART):
        part = texts[start : start + PART]
        file = cache / f"{digest([model.signature, part])}.npy"
        if not file.exists():
            np.save(file.with_suffix(".part.npy"), model.embed(part))
            file.with_suffix(".part.npy").rename(file)
            print(f"embedded {start + len(part):,} of {len(texts):,}", flush=True)
        parts.append(np.load(file))
    return np.concatenate(parts)


def grown(vectors: Vectors, n: int) -> Vectors:
    """Return n unit vectors: these, and copies of them with some noise."""
    out = np.empty((n, vectors.shape[1]), dtype=np.float32)
    rng, filled = np.random.default_rng(0), min(n, len(vectors))
    out[:filled] = vectors[:filled]
    while filled < n:
        part = vectors[: n - filled]
        noise = rng.standard_normal(part.shape, dtype=np.float32)
        noise *= JITTER / np.sqrt(part.shape[1])
        made = part + noise
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        out[filled : filled + len(part)] = made
        filled += len(part)
    return out


def _cut(documents: Iterator[Document], most: int) -> list[str]:
    chunker = Recursive(tokens=TOKENS, overlap=0)
    found = dict[str, None]()
    for document in documents:
        if len(found) >= most:
            break
        found.update((chunk.passage, None) for chunk in chunker.chunk(document))
    return list(found)[:most]


def _real_documents() -> Iterator[Document]:
    for folder in _real():
        yield from load(folder).corpus


def _world() -> Iterator[Document]:
    for index, entity in enumerate(entities(1, 1_000_000)):
        written = write(entity, Random(f"1/{index}/wording"))
        yield Document(str(index), written.text, written.title)


def _real() -> list[Path]:
    root = os.environ.get("HARNESS_REALDATA")
    if not root:
        return []
    named = Path(root)
    return [f for f in sorted(named.iterdir()) if any(f.glob("corpus.jsonl*"))]


if __name__ == "__main__":
    folder = cache_folder("")
    embedded(asked(), folder)
    embedded(passages(100_000, folder), folder)
