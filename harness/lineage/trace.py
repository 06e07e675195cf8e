"""From a document to all that contains it, and from a run or a model to its documents."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import ArtefactError, DataError
from harness.lineage.holdings import holdings, kind_of


@dataclass(frozen=True, slots=True)
class Trace:
    """One folder that contains a document."""

    kind: str
    """`chunks`, `index`, `rankings`, `weights`, `answers`, `build`, or `run`."""
    folder: str
    document: str
    where: tuple[str, ...]
    """Each place in it; for a run, the names of its artefacts that contain the document."""


def trace(document: str, places: Sequence[Path]) -> list[Trace]:
    """Return every artefact, build, model and run below some folders that contains a document.

    Raises:
        DataError: A place does not exist.
    """
    found: list[Trace] = []
    for place in places:
        _check(place)
        for folder in _folders(place):
            kind = kind_of(folder)
            where = tuple(h.where for h in holdings(folder, kind) if h.document == document)
            if where:
                found.append(Trace(kind, str(folder), document, where))
    holding = {Path(row.folder) for row in found}
    for place in places:
        for run in _runs(place):
            names = tuple(path.name for path in _artefacts(run) if path in holding)
            if names:
                found.append(Trace("run", str(run), document, names))
    return found


def documents_below(places: Sequence[Path]) -> set[str]:
    """Return the id of every document that something below some folders contains."""
    folders = (folder for place in places for folder in _folders(place))
    return {held.document for folder in folders for held in holdings(folder, kind_of(folder))}


def documents_in_run(run: Path) -> list[Trace]:
    """Return what each artefact of a run contains, document by document.

    Raises:
        ArtefactError: The folder holds no run.
    """
    if not (run / "run.json").is_file():
        raise ArtefactError(f"{run}: no run here; give a folder of results")
    return [row for folder in _artefacts(run) for row in documents_in(folder)]


def documents_in(folder: Path) -> list[Trace]:
    """Return what one artefact, build or set of weights contains, document by document.

    Raises:
        ArtefactError: It holds nothing that can be traced.
    """
    kind = kind_of(folder)
    found: dict[str, list[str]] = {}
    for holding in holdings(folder, kind):
        found.setdefault(holding.document, []).append(holding.where)
    return [Trace(kind, str(folder), name, tuple(where)) for name, where in found.items()]


def documents_in_model(folder: Path) -> list[Trace]:
    """Return what a set of weights was trained on, document by document; any copy will do.

    Raises:
        ArtefactError: The folder does not say.
    """
    _check(folder)
    found: dict[str, list[str]] = {}
    for holding in holdings(folder, "weights"):
        found.setdefault(holding.document, []).append(holding.where)
    return [Trace("weights", str(folder), name, tuple(where)) for name, where in found.items()]


def _check(place: Path) -> None:
    if not place.is_dir():
        raise DataError(f"{place}: no such folder")


def _folders(place: Path) -> Iterator[Path]:
    """Yield every folder that can be traced, sorted; none inside another is looked into."""
    for path, inner, _ in os.walk(place):
        inner.sort()
        if kind_of(Path(path)):
            inner.clear()
            yield Path(path)


def _runs(place: Path) -> Iterator[Path]:
    yield from sorted(path.parent for path in place.rglob("run.json"))


def _artefacts(run: Path) -> list[Path]:
    """Return the artefacts that a run stands on; of one that is not done, all that are there."""
    try:
        facts: dict[str, Any] = json.loads((run / "run.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise ArtefactError(f"{run / 'run.json'}: not JSON ({error})") from error
    there = sorted(path for path in (run / "artefacts").glob("*-*") if path.is_dir())
    used = facts.get("artefacts")
    return there if used is None else [path for path in there if path.name in used]
