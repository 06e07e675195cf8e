"""What a newer version of a question set says has changed: `changes.jsonl`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from harness.data.faults import Strict
from harness.data.lines import read_jsonl
from harness.data.names import locate
from harness.data.rows import Raw, as_meta
from harness.errors import DataError, did_you_mean

Kind = Literal["changed", "new", "withdrawn"]
"""A document with another value in it, one that the older version lacks, one that is gone."""

_FIELDS = ("document", "change", "questions", "old", "new")


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one document."""

    document: str
    change: Kind
    questions: tuple[str, ...]
    """Ids of the questions whose right answer it changes, makes or takes away."""
    old: str
    """What was right before; empty for a new document."""
    new: str
    """What is right now; empty for a withdrawn one."""
    meta: Mapping[str, str] = field(default_factory=dict)


def changes(folder_or_name: str | Path) -> tuple[Change, ...]:
    """Return the rows of a set's changes.jsonl; none where it has no such file.

    Raises:
        UnknownName: No shipped set has that name.
        DataError: A line is damaged, or no such row.
    """
    place = locate(folder_or_name)
    if isinstance(place, str):
        return ()
    files = [p for p in (place / "changes.jsonl", place / "changes.jsonl.gz") if p.is_file()]
    return tuple(_change(raw) for path in files for raw in read_jsonl(path, Strict()))


def _change(raw: Raw) -> Change:
    kinds: Mapping[object, Kind] = {kind: kind for kind in get_args(Kind)}
    kind = raw.fields.get("change")
    if kind not in kinds:
        hint = did_you_mean(str(kind), (str(k) for k in kinds))
        raise DataError(f"{raw.place}: no change is called {kind!r}; {hint}")
    texts: dict[str, str] = {}
    for name in ("document", "old", "new"):
        value = raw.fields.get(name)
        if not isinstance(value, str | None) or (name == "document" and not value):
            raise DataError(f"{raw.place}: {name} is {value!r}; give a string")
        texts[name] = value or ""
    questions = raw.fields.get("questions", [])
    if not isinstance(questions, list) or not all(isinstance(q, str) for q in questions):
        raise DataError(f"{raw.place}: questions is no list of ids; give one, or []")
    return Change(
        document=texts["document"],
        change=kinds[kind],
        questions=tuple(questions),
        old=texts["old"],
        new=texts["new"],
        meta=as_meta(raw.fields, _FIELDS),
    )
