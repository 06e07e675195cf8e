"""A world to a folder: corpus, questions, changes and card, written as they are made."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random

from harness.errors import DataError
from harness.worlds.card import card
from harness.worlds.entities import Entity, entities
from harness.worlds.questions import Asked, questions, role_of
from harness.worlds.revision import Changed, added, revise, withdrawn
from harness.worlds.writing import Document, write

FEWEST, MOST = 10, 1_000_000
FIRST, SECOND = 1, 2


def make(
    name: str,
    *,
    seed: int,
    documents: int,
    out: Path,
    version: int = FIRST,
    progress: Callable[[int], None] = lambda written: None,
) -> None:
    """Write a world to `out`; memory does not grow with its size.

    Args:
        name: What the card calls the data set.
        seed: Decides every name, fact and wording; the shipped `vantora` is seed 0.
        documents: How many documents the first version has, 10 to 1,000,000.
        out: The folder to write; made if it is not there.
        version: 2 writes the world after a revision, with changes.jsonl.
        progress: Is told now and then how many documents are written.

    Raises:
        DataError: The number of documents or the version is out of range.
    """
    if not FEWEST <= documents <= MOST:
        raise DataError(f"--documents {documents}: give a number from {FEWEST} to {MOST:,}")
    if version not in (FIRST, SECOND):
        raise DataError(f"version {version}: a world has the versions {FIRST} and {SECOND}")
    out.mkdir(parents=True, exist_ok=True)
    counts: Counter[str] = Counter()
    with ExitStack() as stack:
        corpus = stack.enter_context((out / "corpus.jsonl").open("w", encoding="utf-8"))
        asked = stack.enter_context((out / "questions.jsonl").open("w", encoding="utf-8"))
        for index, document_id, entity in _things(seed, documents, version):
            role = role_of(index) if index < documents else "new"
            document, rows = _written(seed, index, document_id, entity, role)
            corpus.write(_line(_corpus_row(document_id, document)))
            for row in rows:
                asked.write(_line(row.row()))
                counts[row.split] += 1
            counts["documents"] += 1
            counts["facts"] += len(document.facts)
            if index % 100 == 0 or index == documents - 1:
                progress(index + 1)
    if version == SECOND:
        with (out / "changes.jsonl").open("w", encoding="utf-8") as file:
            for change in _changes(seed, documents):
                file.write(_line(change))
                counts[str(change["change"])] += 1
    (out / "card.md").write_text(card(name, seed, documents, version, counts), encoding="utf-8")


def _things(seed: int, documents: int, version: int) -> Iterator[tuple[int, str, Entity]]:
    """Yield (index, document id, thing) of one version."""
    more = added(documents)
    total = documents + (more if version == SECOND else 0)
    for index, entity in enumerate(entities(seed, total, room=documents + more)):
        if version == SECOND:
            if index < documents and withdrawn(index):
                continue
            if index < documents:
                entity, _ = revise(seed, index, entity)
        yield index, f"{entity.kind.name}-{index + 1:04d}", entity


def _written(
    seed: int, index: int, document_id: str, entity: Entity, role: str
) -> tuple[Document, list[Asked]]:
    document = write(entity, Random(f"{seed}/{index}/wording"))
    return document, list(questions(seed, index, document_id, document, role=role))


def _corpus_row(document_id: str, document: Document) -> dict[str, object]:
    return {
        "id": document_id,
        "title": document.title,
        "text": document.text,
        "kind": document.entity.kind.name,
        "entity": document.entity.name,
    }


def _changes(seed: int, documents: int) -> Iterator[dict[str, object]]:
    """Yield the rows of changes.jsonl, in document order, new documents last."""
    more = added(documents)
    for index, entity in enumerate(entities(seed, documents + more, room=documents + more)):
        document_id = f"{entity.kind.name}-{index + 1:04d}"
        role = role_of(index) if index < documents else "new"
        _, rows = _written(seed, index, document_id, entity, role)
        ids = [row.id for row in rows]
        if index >= documents:
            yield _change(document_id, "new", ids, None, entity.name)
        elif withdrawn(index):
            yield _change(document_id, "withdrawn", ids, entity.name, None)
        else:
            for changed in revise(seed, index, entity)[1]:
                yield _changed(document_id, changed, rows)


def _changed(document_id: str, changed: Changed, rows: list[Asked]) -> dict[str, object]:
    about = [row.id for row in rows if row.fact and row.attribute is changed.attribute]
    change = _change(document_id, "changed", about, changed.old.text, changed.new.text)
    return {**change, "attribute": changed.attribute.noun}


def _change(
    document_id: str, change: str, ids: list[str], old: str | None, new: str | None
) -> dict[str, object]:
    return {"document": document_id, "change": change, "questions": ids, "old": old, "new": new}


def _line(row: dict[str, object]) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"
