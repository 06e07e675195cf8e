"""Blocks to records, every row of which is understood, or reported with its place."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.data.faults import Fault, Findings, Place, Strict
from harness.data.lines import parse
from harness.data.rows import pick
from harness.pipeline.record import Record
from harness.pipeline.settings import Settings
from harness.pipeline.sources import Block
from harness.types import Document, Question

Reader = Callable[[Block, Settings, Findings], Iterator[Record]]


@dataclass(slots=True)
class Skipped:
    """Counts what is wrong and goes on."""

    faults: list[Fault] = field(default_factory=list)

    def error(self, place: Place, problem: str, remedy: str) -> None:
        """Keep the fault."""
        self.faults.append(Fault(place, problem, remedy))

    def warning(self, place: Place, problem: str, remedy: str) -> None:
        """Do nothing."""


def read(block: Block, settings: Settings) -> tuple[list[Record], list[Fault]]:
    """Return the records of a block, and the rows that could not be read where those pass.

    Raises:
        DataError: Such a row, with file and line, where `bad_rows` is `stop`.
    """
    skipped = Skipped()
    findings: Findings = Strict() if settings.bad_rows == "stop" else skipped
    return list(_READERS[block.kind](block, settings, findings)), skipped.faults


def _lines(block: Block, settings: Settings, findings: Findings) -> Iterator[Record]:
    for number, line in enumerate(block.content.split(b"\n"), start=block.first):
        place = Place(block.file, number)
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            if not text.strip():
                continue
            row = parse(text)
        except UnicodeDecodeError as error:
            problem = f"not UTF-8 (byte {line[error.start]:#04x})"
            findings.error(place, problem, "save the file as UTF-8")
        except ValueError as error:
            problem = f"broken JSON ({str(error).partition(': line')[0]})"
            findings.error(place, problem, "mend or drop the line, or skip bad rows")
        else:
            yield from _row(row, place, settings, findings)


def _parquet(block: Block, settings: Settings, findings: Findings) -> Iterator[Record]:
    from pyarrow import ArrowException  # type: ignore[import-untyped]
    from pyarrow.parquet import ParquetFile  # type: ignore[import-untyped]

    number = block.first
    try:
        with ParquetFile(block.file) as file:
            for batch in file.iter_batches(row_groups=list(block.content)):
                for row in batch.to_pylist():
                    yield from _row(row, Place(block.file, number), settings, findings)
                    number += 1
    except (ArrowException, OSError) as error:
        problem = f"broken Parquet ({str(error).splitlines()[0]})"
        findings.error(Place(block.file, number), problem, "write it again")


def _texts(block: Block, settings: Settings, findings: Findings) -> Iterator[Record]:
    paths: tuple[Path, ...] = block.content
    for path in paths:
        content = path.read_bytes()
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            problem = f"not UTF-8 (byte {content[error.start]:#04x})"
            findings.error(Place(str(path), line), problem, "save the file as UTF-8")
        else:
            yield _document(path.name, str(path), text, "")


def _set(block: Block, settings: Settings, findings: Findings) -> Iterator[Record]:
    for number, row in enumerate(block.content, start=block.first):
        place = f"{block.file}: row {number}"
        if isinstance(row, Document):
            yield _document(row.id, place, row.text, row.title)
        elif isinstance(row, Question):
            answer = row.answers[0] if row.answers else ""
            yield _pair(row.id, place, row.text, answer, row.gold[0] if row.gold else row.id)


_READERS: Mapping[str, Reader] = {
    "lines": _lines,
    "parquet": _parquet,
    "texts": _texts,
    "set": _set,
}


def _row(row: object, place: Place, settings: Settings, findings: Findings) -> Iterator[Record]:
    """Yield what a row holds: a pair where it has a question, else a document."""
    if not isinstance(row, Mapping):
        problem = f"a JSON {type(row).__name__} where a row {{...}} belongs"
        findings.error(place, problem, "put one JSON object on each line")
        return

    def field(name: str) -> object:
        return pick(row, settings.columns.get(name, name))

    identity = field("id")
    name = f"{Path(place.file).name}:{place.line}" if identity is None else str(identity)
    question, text, title = field("question"), field("text"), field("title")
    if isinstance(question, str) and question.strip():
        answer, gold = _first(field("answers")), _first(field("gold"))
        yield _pair(name, str(place), question, answer, gold or name)
    elif isinstance(text, str):
        yield _document(name, str(place), text, title if isinstance(title, str) else "")
    else:
        problem = "neither a text nor a question"
        findings.error(place, problem, "name the columns under `columns`, or drop the row")


def _first(value: object) -> str:
    """Return a string, or the first of a list; anything else is as good as nothing."""
    first = value[0] if isinstance(value, list) and value else value
    return first if isinstance(first, str) else ""


def _document(name: str, place: str, text: str, title: str) -> Record:
    return Record(name, place, _sha256(text), text, title=title, document=name)


def _pair(name: str, place: str, question: str, answer: str, document: str) -> Record:
    digest = _sha256(f"{question}\n{answer}")
    return Record(name, place, digest, answer, question=question, document=document)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
