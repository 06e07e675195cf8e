"""What a collection holds, written beside its vectors when they are all there."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.errors import ArtefactError

FILE = "collection.json"
REMEDY = "delete the folder to have the index made again"


@dataclass(frozen=True, slots=True)
class Description:
    """The description of a collection of vectors."""

    store: str
    name: str
    dimension: int
    embedder: str = ""
    fields: tuple[str, ...] = ()
    """Every metadata field that some vector was stored with."""
    count: int = 0
    stamp: str = ""
    """Differs after every change: a folder and a server that agree on it are of one state."""


def as_text(described: Description) -> str:
    """Return a description as JSON."""
    return json.dumps(asdict(described), ensure_ascii=False)


def from_text(text: str) -> Description:
    """Return the description that `as_text` wrote; raise ValueError or TypeError where not."""
    found = json.loads(text)
    return Description(**{**found, "fields": tuple(found["fields"])})


def read_description(folder: Path) -> Description:
    """Return the description in a folder.

    Raises:
        ArtefactError: There is none: what lies there is damaged or half-written.
    """
    try:
        return from_text((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ArtefactError(f"{folder}: no readable {FILE} of whole vectors; {REMEDY}") from error
