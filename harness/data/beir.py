"""BEIR folders: corpus.jsonl and queries.jsonl with `_id`, and qrels/*.tsv (Thakur et al. 2021)."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from harness.data.faults import Findings, Place
from harness.data.lines import read_jsonl, text_lines
from harness.data.options import DataOptions
from harness.data.rows import Raw, Source, find

SUFFIXES = (".jsonl", ".jsonl.gz")


def is_beir(path: Path) -> bool:
    """Return whether the folder has queries and judgements."""
    return _file(path, "queries").is_file() and (path / "qrels").is_dir()


def read_beir(path: Path, options: DataOptions, findings: Findings) -> Source:
    """Read a BEIR folder; its splits are the names of the files in qrels.

    Gold are the documents judged above 0, a query without a judgement is no question. BEIR has
    no answers: they come from a column of queries.jsonl or from answers.jsonl {_id, answers}
    beside it, and a set without either is refused where answers are needed.
    """
    judged = _judgements(path / "qrels", findings)
    extra = _answers(path, options, findings)
    queries = _file(path, "queries")
    questions = []
    for raw in read_jsonl(queries, findings):
        key = str(raw.fields.get("_id"))
        if key in judged:
            split, gold = judged[key]
            ours = {
                options.column("id"): key,
                options.column("question"): raw.fields.get("text"),
                options.column("gold"): gold,
                options.column("split"): split,
            }
            rest = {k: v for k, v in raw.fields.items() if k not in ("_id", "text")}
            questions.append(Raw(raw.place, rest | extra.get(key, {}) | ours))
    told = ("answers", "answerable")
    silent = all(find(q, name, options) is None for q in questions for name in told)
    if questions and silent and options.answers_needed:
        findings.error(
            Place(str(queries)),
            "a BEIR set says which documents are relevant and not what the answers are",
            "add answers.jsonl with {_id, answers} beside it, or name their column: "
            "columns: {answers: ...}",
        )
        questions = []
    corpus = _file(path, "corpus")
    documents = [
        Raw(raw.place, _renamed(raw.fields, options)) for raw in read_jsonl(corpus, findings)
    ]
    return Source(str(corpus), str(queries), documents, questions)


def _file(folder: Path, stem: str) -> Path:
    """Return the file there is, or the one that should be."""
    found = [p for suffix in SUFFIXES if (p := folder / f"{stem}{suffix}").is_file()]
    return found[0] if found else folder / f"{stem}.jsonl"


def _renamed(fields: Mapping[str, object], options: DataOptions) -> dict[str, object]:
    rest = {key: value for key, value in fields.items() if key != "_id"}
    return {options.column("document_id"): fields.get("_id"), **rest}


def _judgements(folder: Path, findings: Findings) -> dict[str, tuple[str, list[str]]]:
    """Return for each judged query its split and its relevant documents."""
    judged: dict[str, tuple[str, list[str]]] = {}
    files = sorted(folder.glob("*.tsv"))
    if not files:
        findings.error(Place(str(folder)), "no .tsv file", "add the judgements, such as test.tsv")
    for path in files:
        for place, (query, document, score) in _triples(path, findings):
            split, gold = judged.setdefault(query, (path.stem, []))
            if split != path.stem:
                problem = f"query {query!r} is in {split}.tsv too"
                findings.error(place, problem, "keep a query in one split")
            elif score > 0:
                gold.append(document)
    return judged


def _triples(path: Path, findings: Findings) -> Iterator[tuple[Place, tuple[str, str, float]]]:
    for number, line in text_lines(path, findings):
        cells = line.rstrip("\r\n").split("\t")
        place = Place(str(path), number)
        try:
            query, document, score = cells
            yield place, (query, document, float(score))
        except ValueError:
            if number > 1 and line.strip():
                problem = "not query-id, corpus-id and score between tabs"
                findings.error(place, problem, "mend or drop the line")


def _answers(path: Path, options: DataOptions, findings: Findings) -> dict[str, dict[str, object]]:
    """Return the rows of answers.jsonl without their ids, by id; nothing where it is absent."""
    file = _file(path, "answers")
    rows = read_jsonl(file, findings) if file.is_file() else ()
    return {
        str(raw.fields.get("_id", raw.fields.get("id"))): {
            options.column(k) if k == "answers" else k: v
            for k, v in raw.fields.items()
            if k not in ("_id", "id")
        }
        for raw in rows
    }
