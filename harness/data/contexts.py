"""Questions that bring their passages along, as many published sets do, to a corpus."""

from harness.data.faults import Findings, Place
from harness.data.options import QUESTION_FIELDS, DataOptions
from harness.data.rows import Raw, Source, content_id, find

_GOLD = "gold"


def documents_from(
    questions: list[Raw], file: str, options: DataOptions, findings: Findings
) -> Source:
    """Return a source whose corpus is the distinct contexts, each the gold of its questions.

    The id of a document is made of its title and text, so equal contexts are one document.
    """
    documents: dict[str, Raw] = {}
    linked: list[Raw] = []
    column = options.column("context")
    taken = {column.split(".")[0], options.column("title")} - {
        options.column(name).split(".")[0] for name in QUESTION_FIELDS if name != "context"
    }  # one column may be both: in a set of frequent questions the answers are the passages
    for raw in questions:
        value = find(raw, "context", options)
        texts = value if isinstance(value, list | tuple) else [value]
        title = find(raw, "title", options) or ""
        gold = []
        for text in texts:
            if isinstance(text, str) and text.strip():
                key = content_id(title, text)
                row = {"id": key, "title": title, "text": text}
                documents.setdefault(key, Raw(raw.place, _named(row, options)))
                gold.append(key)
        fields = {k: v for k, v in raw.fields.items() if k not in taken}
        linked.append(Raw(raw.place, fields | {options.column(_GOLD): gold}))
    if questions and not documents:
        known = ", ".join(questions[0].fields)
        findings.error(
            Place(file),
            f"no corpus, and no text in a column {column!r} (columns: {known})",
            "name the column that holds the passages: columns: {context: ...}, or give a folder "
            "with corpus.jsonl and questions.jsonl",
        )
    return Source(file, file, list(documents.values()), linked)


def _named(row: dict[str, object], options: DataOptions) -> dict[str, object]:
    """Return the row under the column names in which the fields will be looked for."""
    names = {"id": "document_id", "title": "title", "text": "text"}
    return {options.column(names[key]): value for key, value in row.items()}
