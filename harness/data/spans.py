"""Where a question's own row says that its answer stands: stretches of documents."""

from collections.abc import Mapping
from typing import NamedTuple

from harness.data.lines import parse
from harness.types import Document, Question

FIELD = "spans"
"""The field of a question that says so: a JSON list of {document, start, end}."""

REMEDY = 'write [{"document": ID, "start": N, "end": N}, ...], in characters of its text'


class Excerpt(NamedTuple):
    """A half-open stretch of a document, in characters of its text without the title."""

    document: str
    start: int
    end: int


def given_spans(question: Question, documents: Mapping[str, Document]) -> tuple[Excerpt, ...]:
    """Return the stretches that the row of a question names; none where it does not say.

    Raises:
        ValueError: What it says is no list of stretches of these documents; the message is
            everything but the remedy.
    """
    if FIELD not in question.meta:
        return ()
    place = f"question {question.id!r}: "
    try:
        rows = parse(question.meta[FIELD])
        if not isinstance(rows, list):
            raise TypeError("no list")
        found = [Excerpt(str(row["document"]), row["start"], row["end"]) for row in rows]
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{place}its {FIELD!r} cannot be read") from error
    for document, start, end in found:
        if document not in documents:
            raise ValueError(
                f"{place}its {FIELD!r} name a document {document!r} that the corpus does not have"
            )
        length = len(documents[document].text)
        if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= length):
            raise ValueError(
                f"{place}{FIELD!r} from {start!r} to {end!r} are no stretch of {document!r}, "
                f"which has {length} characters"
            )
    return tuple(found)
