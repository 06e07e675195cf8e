"""Raw rows to documents and questions: types, fallbacks, and what is refused."""

from collections.abc import Mapping

from harness.data.faults import Findings
from harness.data.options import DOCUMENT_FIELDS, QUESTION_FIELDS, DataOptions
from harness.data.rows import Raw, as_meta, content_id, find
from harness.types import Document, Question

YES, NO = ("true", "yes", "1"), ("false", "no", "0")


class _Odd(Exception):
    """A value of a type that the field cannot have: (problem, remedy)."""


def decode_document(raw: Raw, options: DataOptions, findings: Findings) -> Document | None:
    """Return the document of a row; None where it was reported instead."""
    try:
        text, title = find(raw, "text", options), find(raw, "title", options)
        if text is None:
            known = ", ".join(raw.fields) or "no columns"
            raise _Odd(
                f"a document without {options.column('text')!r} (the row has {known})",
                "add its text, or name the column: columns: {text: ...}",
            )
        text, title = _string(text, "text"), _string(title or "", "title")
        key = find(raw, "document_id", options)
        name = content_id(title, text) if key is None else _id(key)
    except _Odd as odd:
        findings.error(raw.place, *odd.args)
        return None
    if not text.strip():
        findings.warning(raw.place, f"document {name!r} has an empty text", "write or drop it")
    return Document(name, text, title, _meta(raw, options, DOCUMENT_FIELDS))


def decode_question(raw: Raw, options: DataOptions, findings: Findings) -> Question | None:
    """Return the question of a row, its split as the file says; None where it was reported."""
    try:
        text = find(raw, "question", options)
        if text is None:
            known = ", ".join(raw.fields) or "no columns"
            raise _Odd(
                f"a row without {options.column('question')!r} (it has {known})",
                "add the question, or name the column: columns: {question: ...}",
            )
        text, key = _string(text, "question"), find(raw, "id", options)
        name = content_id(*sorted(raw.fields.items())) if key is None else _id(key)
        if not text.strip():
            raise _Odd(f"question {name!r} has an empty text", "write it or drop the line")
        answers = _strings(find(raw, "answers", options), f"the answers of question {name!r}")
        answerable = _flag(find(raw, "answerable", options), name)
        if answerable and not answers and options.answers_needed:
            raise _Odd(
                f"question {name!r} is answerable and has no answers",
                'add one, or set "answerable": false',
            )
        split = find(raw, "split", options)
        return Question(
            id=name,
            text=text,
            answers=answers,
            values=_values(raw, answers, options, name) if answerable else (),
            gold=_strings(find(raw, "gold", options), f"the gold of question {name!r}"),
            answerable=answerable,
            split="" if split is None else _string(split, "split"),
            meta=_meta(raw, options, QUESTION_FIELDS),
        )
    except _Odd as odd:
        findings.error(raw.place, *odd.args)
        return None


def _string(value: object, what: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise _Odd(f"{what} is a {_kind(value)}", "give a string")


def _id(value: object) -> str:
    name = _string(value, "id")
    if not name.strip():
        raise _Odd("an empty id", "give an id, or leave the field out to have one made")
    return name


def _strings(value: object, what: str) -> tuple[str, ...]:
    """Return the non-blank strings of a string or a list, each once, in their order.

    Of a table with a `text`, as the hub's SQuAD has for its answers, that is read.
    """
    value = value["text"] if isinstance(value, Mapping) and "text" in value else value
    listed = value if isinstance(value, list | tuple) else [] if value is None else [value]
    for item in listed:
        if not isinstance(item, str | int | float) or isinstance(item, bool):
            raise _Odd(f"{what}: a {_kind(item)} in it", "give a string or a list of strings")
    return tuple(dict.fromkeys(s for item in listed if (s := str(item)).strip()))


def _values(
    raw: Raw, answers: tuple[str, ...], options: DataOptions, name: str
) -> tuple[tuple[str, ...], ...]:
    """Return what a right answer must contain: `values`, else `short`, else any answer."""
    given = find(raw, "values", options)
    listed = given if isinstance(given, list | tuple) else [] if given is None else [given]
    groups = [_strings(group, f"the values of question {name!r}") for group in listed]
    if found := tuple(group for group in groups if group):
        return found
    short = _strings(find(raw, "short", options), f"the short answer of question {name!r}")
    return (short or answers,) if short or answers else ()


def _flag(value: object, name: str) -> bool:
    """Return whether a question is answerable; it is where nothing is said.

    A list, such as the answers themselves, says so by not being empty.
    """
    if isinstance(value, list | tuple):
        return bool(value)
    word = str(value).strip().casefold()
    if value is None or word in YES:
        return True
    if word in NO:
        return False
    raise _Odd(f"question {name!r} has answerable {value!r}", "give true or false")


def _meta(raw: Raw, options: DataOptions, ours: tuple[str, ...]) -> Mapping[str, str]:
    """Return every field that has no meaning to us as a string, lists and tables as JSON.

    A column that the options name is taken, except the one behind `split`: its values are
    translated, and a report may want the originals.
    """
    taken = {options.column(name).split(".")[0] for name in ours}
    if "split" in ours and options.column("split") != "split":
        taken.discard(options.column("split"))
    return as_meta(raw.fields, taken)


def _kind(value: object) -> str:
    return {"dict": "table", "NoneType": "null", "bool": "truth value"}.get(
        type(value).__name__, type(value).__name__
    )
