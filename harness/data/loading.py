"""Source to question set: every row understood, every rule checked, one digest."""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from harness.data.decoding import decode_document, decode_question
from harness.data.faults import Findings, Place, Strict
from harness.data.names import locate
from harness.data.options import DOCUMENT_FIELDS, FIELDS, QUESTION_FIELDS, DataOptions
from harness.data.readers import read
from harness.data.rows import Raw, Source, pick
from harness.data.spans import REMEDY, given_spans
from harness.data.splits import assign
from harness.errors import did_you_mean
from harness.types import Document, Question, QuestionSet

Row = TypeVar("Row", Document, Question)

_PLAIN = DataOptions()


@dataclass(frozen=True, slots=True)
class Loaded:
    """A question set with the places of its questions and what the `splits` map left out."""

    questions: QuestionSet
    places: dict[str, Place]
    left_out: int


def load(folder_or_name: str | Path, options: DataOptions = _PLAIN) -> QuestionSet:
    """Return the question set of a shipped name, a folder, a file or a `hf:` name.

    Questions and documents keep the order of their files. The splits are those of the file, or
    are made by the rules of `harness.data.splits`.

    Raises:
        UnknownName: No shipped set has that name.
        DataError: The first thing that is wrong, with file, line and remedy.
    """
    return load_with(folder_or_name, options, Strict()).questions


def load_with(folder_or_name: str | Path, options: DataOptions, findings: Findings) -> Loaded:
    """Return the question set as far as it can be understood; the rest is reported."""
    place = locate(folder_or_name)
    source = read(place, options, findings)
    _check_columns(source, options, findings)
    documents, _ = _decode(source.documents, decode_document, options, findings)
    questions, places = _decode(source.questions, decode_question, options, findings)
    if not source.documents:
        findings.error(Place(source.corpus_file), "the corpus is empty", "add documents")
    if not source.questions:
        findings.error(Place(source.questions_file), "there are no questions", "add some")
    _check_gold(documents, questions, places, findings)
    _check_spans(documents, questions, places, findings)
    split = assign(questions, options, places, findings)
    name = place.removeprefix("hf:") if isinstance(place, str) else _name(place)
    made = QuestionSet(name, tuple(documents), split, _digest(documents, split))
    return Loaded(made, places, len(questions) - len(split))


def _name(path: Path) -> str:
    resolved = path.resolve()
    return resolved.name if path.is_dir() else resolved.name.split(".")[0]


def _decode(
    rows: Iterable[Raw],
    decode: Callable[[Raw, DataOptions, Findings], Row | None],
    options: DataOptions,
    findings: Findings,
) -> tuple[list[Row], dict[str, Place]]:
    """Return the rows that could be understood, and where each id stands."""
    kept: list[Row] = []
    places: dict[str, Place] = {}
    for raw in rows:
        row = decode(raw, options, findings)
        if row is None:
            continue
        if row.id in places:
            findings.error(
                raw.place,
                f"id {row.id!r} stands at {places[row.id]} already",
                "rename or drop one of the two rows",
            )
            continue
        places[row.id] = raw.place
        kept.append(row)
    return kept, places


def _check_columns(source: Source, options: DataOptions, findings: Findings) -> None:
    """Report a field that we do not know, and a column that no row has."""
    for field, column in options.columns.items():
        if field not in FIELDS:
            hint = did_you_mean(field, FIELDS)
            place = Place(source.questions_file)
            findings.error(place, f"columns: no field is called {field!r}", hint)
            continue
        sides = [
            (source.questions_file, source.questions, field in QUESTION_FIELDS),
            (source.corpus_file, source.documents, field in DOCUMENT_FIELDS),
        ]
        if field == "context" or not any(rows for _, rows, _ in sides):
            continue  # documents were made of it, or its absence was reported
        [(file, rows)] = [(f, r) for f, r, asked in sides if asked]
        if rows and all(pick(raw.fields, column) is None for raw in rows):
            seen = dict.fromkeys(name for raw in rows for name in raw.fields)
            problem = f"columns: no row has the column {column!r} (for {field})"
            findings.error(Place(file), problem, did_you_mean(column, seen))


def _check_gold(
    documents: Sequence[Document],
    questions: Sequence[Question],
    places: dict[str, Place],
    findings: Findings,
) -> None:
    known = {document.id for document in documents}
    for question in questions:
        for key in question.gold:
            if key not in known:
                findings.error(
                    places[question.id],
                    f"question {question.id!r} has the gold document {key!r}, which is not in the "
                    "corpus",
                    "add the document or drop the id",
                )


def _check_spans(
    documents: Sequence[Document],
    questions: Sequence[Question],
    places: dict[str, Place],
    findings: Findings,
) -> None:
    known = {document.id: document for document in documents}
    for question in questions:
        try:
            given_spans(question, known)
        except ValueError as error:
            findings.error(places[question.id], str(error), REMEDY)


def _digest(documents: Iterable[Document], questions: Iterable[Question]) -> str:
    """Return 12 hex digits of everything in the rows, in their order.

    The order counts: training and batches follow it. Where the files lie does not.
    """
    total = hashlib.sha256()
    for d in documents:
        total.update(_line([d.id, d.title, d.text, dict(d.meta)]))
    for q in questions:
        row = [q.id, q.text, q.answers, q.values, q.gold, q.answerable, q.split, dict(q.meta)]
        total.update(_line(row))
    return total.hexdigest()[:12]


def _line(row: list[object]) -> bytes:
    return json.dumps(row, sort_keys=True).encode() + b"\n"
