"""What every reader hands on: raw rows with their places, and where a field stands in them."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from harness.data.faults import Place
from harness.data.options import DataOptions


@dataclass(frozen=True, slots=True)
class Raw:
    """One row as it was read: plain JSON values under the column names of its file."""

    place: Place
    fields: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Source:
    """All rows of a question set, before any of them is understood."""

    corpus_file: str
    questions_file: str
    documents: list[Raw] = field(default_factory=list)
    questions: list[Raw] = field(default_factory=list)


def pick(fields: Mapping[str, object], column: str) -> object:
    """Return the value of a column; a dotted name reaches into a nested one; None if absent.

    >>> pick({"answers": {"text": ["Paris"]}}, "answers.text")
    ['Paris']
    """
    if column in fields:
        return fields[column]
    value: object = fields
    for part in column.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def find(raw: Raw, name: str, options: DataOptions) -> object:
    """Return the value of a field of ours, under the column that the options name."""
    return pick(raw.fields, options.column(name))


def content_id(*parts: object) -> str:
    """Return 12 hex digits for a row that has no id, made of its content and not of its line."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def as_meta(fields: Mapping[str, object], taken: Collection[str]) -> dict[str, str]:
    """Return all fields but those that are taken as strings; what is no string as JSON.

    >>> as_meta({"id": "q1", "year": 2011, "tags": ["a"], "note": None}, ("id",))
    {'year': '2011', 'tags': '["a"]'}
    """
    return {
        key: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
        for key, value in fields.items()
        if key not in taken and value is not None
    }
