"""A folder to the documents that are in it, and where in it."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.artefacts import MADE_OF
from harness.errors import ArtefactError
from harness.files import read_rows
from harness.lineage.shown import FILE, Shown
from harness.types import Chunk, Prediction


@dataclass(frozen=True, slots=True)
class Holding:
    """One place where something of a document is."""

    document: str
    where: str


@dataclass(frozen=True, slots=True)
class _Ranking:
    question_id: str
    hits: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class _Indexed:
    chunk: str


def kind_of(folder: Path) -> str:
    """Return what a folder is: a kind of artefact, `weights` or `build`; empty for another."""
    if (folder / MADE_OF).is_file():
        return str(_json(folder / MADE_OF).get("kind", ""))
    if (folder / FILE).is_file():
        return "weights"
    return "build" if (folder / "build.json").is_file() and (folder / "shards").is_dir() else ""


def holdings(folder: Path, kind: str) -> Iterator[Holding]:
    """Yield every place in a folder where something of a document is.

    Raises:
        ArtefactError: It is damaged, or a part of what it was made of is gone.
    """
    if kind in _READERS:
        yield from _READERS[kind](folder)


def _chunks(folder: Path) -> Iterator[Holding]:
    for chunk in read_rows(folder / "chunks.jsonl", Chunk):
        yield Holding(chunk.document_id, f"chunk {chunk.id}")


def _index(folder: Path) -> Iterator[Holding]:
    """Yield the chunks of the corpus, without those that were left out of the index."""
    made_of = _json(folder / MADE_OF)["made_of"]
    chunks = folder.parent / f"chunks-{made_of['chunks']}"
    if not chunks.is_dir():
        raise ArtefactError(f"{folder}: {chunks.name}, of which it was made, is not beside it")
    left = folder / "indexed.jsonl"
    found = {row.chunk for row in read_rows(left, _Indexed)} if left.exists() else None
    for chunk in read_rows(chunks / "chunks.jsonl", Chunk):
        if found is None or chunk.id in found:
            yield Holding(chunk.document_id, f"chunk {chunk.id}")


def _rankings(folder: Path) -> Iterator[Holding]:
    for row in read_rows(folder / "rankings.jsonl", _Ranking):
        for document in dict.fromkeys(document_of(chunk) for chunk, _ in row.hits):
            yield Holding(document, f"found for question {row.question_id}")


def _trained(folder: Path) -> Iterator[Holding]:
    if not (folder / FILE).is_file():
        raise ArtefactError(
            f"{folder}: no {FILE} here, so nobody knows what went into it; have it made again, or "
            "give the folder that this version made"
        )
    for row in read_rows(folder / FILE, Shown):
        asked = f", question {', '.join(row.questions)}" if row.questions else ""
        shown = {document_of(chunk) for chunk in row.chunks}
        for document in row.documents:
            how = "in its passages" if document in shown else "in what it learns"
            yield Holding(document, f"{row.phase} example {row.example}{asked}: {how}")


def _answers(folder: Path) -> Iterator[Holding]:
    made_of = _json(folder / MADE_OF)["made_of"]
    for row in read_rows(folder / "rows.jsonl", Prediction):
        for document in dict.fromkeys(map(document_of, row.passages)):
            yield Holding(document, f"read by {made_of['arm']} for question {row.question_id}")


def _build(folder: Path) -> Iterator[Holding]:
    from pyarrow.parquet import read_table  # type: ignore[import-untyped]

    for path in sorted((folder / "shards").glob("*.parquet")):
        column = read_table(path, columns=["document_ids"])["document_ids"]
        for row, documents in enumerate(column.to_pylist()):
            for document in dict.fromkeys(documents):
                yield Holding(document, f"shard {path.name}, row {row}")
    for path in sorted((folder / "dropped").glob("*.parquet")):
        for row in read_table(path, columns=["document_id", "reason", "detail"]).to_pylist():
            why = f"{row['reason']} {row['detail']}".strip()
            yield Holding(row["document_id"], f"dropped, {path.name}: {why}")


_READERS: Mapping[str, Callable[[Path], Iterator[Holding]]] = {
    "chunks": _chunks,
    "index": _index,
    "rankings": _rankings,
    "pairs": _trained,
    "reward": _trained,
    "weights": _trained,
    "answers": _answers,
    "build": _build,
}


def document_of(chunk_id: str) -> str:
    """Return the document that a chunk is a span of.

    >>> document_of("a:b:0-12")
    'a:b'
    """
    return chunk_id.rpartition(":")[0]


def _json(path: Path) -> dict[str, Any]:
    try:
        facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ArtefactError(f"{path}: not JSON ({error}); have it made again") from error
    return facts
