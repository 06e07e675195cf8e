"""A file with a column of answers and one of references to cases that metrics look at."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.data.csv_file import read_csv
from harness.data.faults import Place, Strict
from harness.data.lines import read_jsonl
from harness.data.options import DataOptions
from harness.data.parquet_file import read_parquet
from harness.data.rows import Raw, pick
from harness.errors import DataError, did_you_mean
from harness.scoring.json_file import read_json
from harness.stages.cases import without_markers
from harness.text.citations import cites
from harness.types import Case, Failure, Prediction, Question

SUFFIXES = (".jsonl", ".jsonl.gz", ".csv", ".csv.gz", ".parquet", ".json")


@dataclass(frozen=True, slots=True)
class Columns:
    """What stands where; a dotted name (`answers.text`) reaches into a nested column."""

    answer: str
    """One text: the output that is scored."""
    reference: str
    """A text, or a list of texts of which any is right."""
    context: str = ""
    """The passages that were read: a text, or a list of texts; empty where there is none. An
    answer cites them by their places in the list, from 1."""
    question: str = ""
    id: str = ""
    """Where it is empty, rows are numbered from 1."""

    def named(self) -> dict[str, str]:
        """Return the columns that are given, by the option that gives them."""
        every = {f"--{name}": getattr(self, name) for name in self.__slots__}
        return {option: column for option, column in every.items() if column}


def read_cases(path: Path, columns: Columns) -> list[Case]:
    """Return a case per row, in the order of the file.

    An empty answer is an answer. One that is absent or null is a failure, which counts as the
    worst. A row may say `"answerable": false` and have no reference. Where some answer cites one
    of its passages, as [1], all answers are read as those of an arm that cites.

    Raises:
        DataError: The file cannot be read, a column is missing, or a row is not what it should
            be: one line with file, line and remedy.
    """
    rows = list(_rows(path, columns))
    if not rows:
        raise DataError(f"{path}: no rows; nothing to score")
    _check_columns(path, rows, columns)
    cases = []
    places: dict[str, Place] = {}
    for number, raw in enumerate(rows, start=1):
        case = _case(raw, columns, number)
        key = case.question.id
        if key in places:
            raise DataError(
                f"{raw.place}: id {key!r} stands at {places[key]} already; "
                "rename or drop one of the two rows"
            )
        places[key] = raw.place
        cases.append(case)
    if any(cites(case.prediction.text, len(case.passages)) for case in cases):
        return [without_markers(case) for case in cases]
    return cases


def _rows(path: Path, columns: Columns) -> Iterable[Raw]:
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    if path.suffix == ".json":
        return read_json(path)
    if path.suffix == ".parquet":
        return read_parquet(path, Strict())
    if path.name.endswith((".csv", ".csv.gz")):
        lists = {"answers": columns.reference, "context": columns.context or "context"}
        return read_csv(path, DataOptions(columns=lists), Strict())
    if path.name.endswith((".jsonl", ".jsonl.gz")):
        return read_jsonl(path, Strict())
    raise DataError(f"{path}: give a file that ends in one of {', '.join(SUFFIXES)}")


def _check_columns(path: Path, rows: Sequence[Raw], columns: Columns) -> None:
    present = dict.fromkeys(name for raw in rows for name in raw.fields)
    missing = {
        option: column
        for option, column in columns.named().items()
        if all(pick(raw.fields, column) is None for raw in rows)
    }
    if missing:
        names = ", ".join(f"{column!r} ({option})" for option, column in missing.items())
        [first, *_] = missing.values()
        hint = did_you_mean(first, present)
        listed = "" if hint.startswith("known") else f"; the file has {', '.join(sorted(present))}"
        raise DataError(f"{path}: no row has a value in {names}; {hint}{listed}")


def _case(raw: Raw, columns: Columns, number: int) -> Case:
    key = _text(raw, columns.id) if columns.id else str(number)
    if key is None or not key.strip():
        raise DataError(f"{raw.place}: nothing in {columns.id!r}; give every row an id")
    references = tuple(dict.fromkeys(filter(str.strip, _texts(raw, columns.reference))))
    answerable = str(raw.fields.get("answerable", True)).strip().casefold() not in ("false", "no")
    if answerable and not references:
        raise DataError(
            f"{raw.place}: no reference in {columns.reference!r}; "
            'add one, or drop the row, or say "answerable": false'
        )
    said = _text(raw, columns.answer)
    question = Question(
        id=key,
        text=(_text(raw, columns.question) or "") if columns.question else "",
        answers=references,
        values=(references,) if answerable else (),
        answerable=answerable,
    )
    failure = Failure("no answer", f"nothing in {columns.answer!r}") if said is None else None
    prediction = Prediction(columns.answer, 0, "", key, said or "", failure=failure)
    if not columns.context:
        return Case(question, prediction, "none")
    read = _texts(raw, columns.context)
    return Case(
        question, prediction, "external", passages=read if any(map(str.strip, read)) else ()
    )


def _text(raw: Raw, column: str) -> str | None:
    """Return the text of a column, numbers written out; None where there is none."""
    value = pick(raw.fields, column)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise DataError(f"{raw.place}: {column!r} holds a {type(value).__name__}; give one text")


def _texts(raw: Raw, column: str) -> tuple[str, ...]:
    """Return the texts of a column, numbers written out; none where there is nothing."""
    value = pick(raw.fields, column)
    listed = value if isinstance(value, list | tuple) else [] if value is None else [value]
    for item in listed:
        if not isinstance(item, str | int | float) or isinstance(item, bool):
            raise DataError(
                f"{raw.place}: {column!r} holds a {type(item).__name__}; "
                "give a text or a list of texts"
            )
    return tuple(map(str, listed))
