"""What an index was made from, written beside it, so that it never serves anything else."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.errors import ArtefactError, DataError
from harness.files import digest, write_text
from harness.types import Chunk

Fingerprint = Mapping[str, str]
"""What is named to the value it had; two indexes with one fingerprint give the same rankings."""

FILE = "fingerprint.json"


def fingerprint(chunks: Sequence[Chunk], **parts: str) -> Fingerprint:
    """Return the fingerprint of an index of these chunks made with these parts.

    The corpus is told apart from the way it was cut: documents (their ids, titles), spans (what
    the chunker decided) and texts are three entries.

    Raises:
        DataError: There is no chunk, or an id comes twice.
    """
    if not chunks:
        raise DataError("the corpus has no text to index; give it at least one document with text")
    ids = [chunk.id for chunk in chunks]
    if len(set(ids)) < len(ids):
        twice = Counter(ids).most_common(1)[0][0]
        raise DataError(f"the passage {twice!r} comes twice; give every document an id of its own")
    documents = list(dict.fromkeys((chunk.document_id, chunk.title) for chunk in chunks))
    return {
        **parts,
        "documents": f"{len(documents)} with text, {digest(documents)}",
        "spans": f"{len(chunks)} passages, {digest(ids)}",
        "texts": digest([chunk.text for chunk in chunks]),
    }


def forget_fingerprint(folder: Path) -> None:
    """Take the fingerprint away, so that what is being changed counts as half-written."""
    (folder / FILE).unlink(missing_ok=True)


def write_fingerprint(folder: Path, made_from: Fingerprint) -> None:
    """Write the fingerprint into the folder of an index: the last thing, when it is whole."""
    text = json.dumps(dict(made_from), indent=1, ensure_ascii=False)
    write_text(folder / FILE, text + "\n")


def check_fingerprint(folder: Path, wanted: Fingerprint) -> None:
    """Do nothing where the index in the folder was made from what is wanted.

    Raises:
        ArtefactError: It was not, or has no readable fingerprint; names all that differs.
    """
    remedy = "delete the folder to have the index made again"
    try:
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ArtefactError(f"{folder}: no readable {FILE} of an index; {remedy}") from error
    if not isinstance(found, dict):
        raise ArtefactError(f"{folder}: no readable {FILE} of an index; {remedy}")
    differ = [
        f"{_MEANING.get(part, part)} was {found.get(part, 'not recorded')!r}, "
        f"is {wanted.get(part, 'not used')!r}"
        for part in {**wanted, **found}
        if found.get(part) != wanted.get(part)
    ]
    if differ:
        raise ArtefactError(
            f"{folder}: this index was made from other inputs: {'; '.join(differ)}; {remedy}"
        )


_MEANING = {
    "documents": "the set of documents",
    "spans": "the way documents are cut (chunker)",
    "texts": "the documents' text",
}
