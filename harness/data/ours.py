"""Our own folder: a corpus and questions, each as JSON lines, CSV or Parquet; or one file."""

from collections.abc import Iterator
from pathlib import Path

from harness.data.contexts import documents_from
from harness.data.csv_file import read_csv
from harness.data.faults import Findings, Place
from harness.data.lines import read_jsonl
from harness.data.options import DataOptions
from harness.data.parquet_file import read_parquet
from harness.data.rows import Raw, Source, find

SUFFIXES = (".jsonl", ".jsonl.gz", ".csv", ".csv.gz", ".parquet")
QUESTIONS = ("questions", "qa")


def is_table(path: Path) -> bool:
    """Return whether this is a file of rows."""
    return path.is_file() and path.name.endswith(SUFFIXES)


def is_folder(path: Path) -> bool:
    """Return whether a folder holds a corpus or questions under their usual names."""
    return any(_files(path, stem) for stem in ("corpus", *QUESTIONS))


def read_table(path: Path, options: DataOptions, findings: Findings) -> Source:
    """Read one file of questions whose documents stand beside them in a column `context`."""
    return documents_from(list(_rows(path, options, findings)), str(path), options, findings)


def read_folder(path: Path, options: DataOptions, findings: Findings) -> Source:
    """Read corpus.* and questions.* (or qa.*); without a corpus, the column `context`."""
    asked = _only(path, QUESTIONS, findings)
    questions = list(_rows(asked, options, findings)) if asked else []
    if not _files(path, "corpus") and any(
        find(q, "context", options) is not None for q in questions
    ):
        return documents_from(questions, str(asked), options, findings)
    corpus = _only(path, ("corpus",), findings)
    documents = list(_rows(corpus, options, findings)) if corpus else []
    return Source(
        str(corpus or path / "corpus.jsonl"),
        str(asked or path / "questions.jsonl"),
        documents,
        questions,
    )


def _files(folder: Path, stem: str) -> list[Path]:
    return [p for suffix in SUFFIXES if (p := folder / f"{stem}{suffix}").is_file()]


def _only(folder: Path, stems: tuple[str, ...], findings: Findings) -> Path | None:
    """Return the one file there is under any of the stems; none or several are reported."""
    found = [path for stem in stems for path in _files(folder, stem)]
    place = Place(str(folder / f"{stems[0]}.jsonl"))
    if not found:
        others = ", ".join(f"{stem}{s}" for stem in stems for s in SUFFIXES)
        findings.error(place, "no such file", f"add one of {others}")
        return None
    if len(found) > 1:
        names = " and ".join(p.name for p in found)
        findings.error(Place(str(folder)), f"both {names}", "keep one of them")
    return found[0]


def _rows(path: Path, options: DataOptions, findings: Findings) -> Iterator[Raw]:
    if path.suffix == ".parquet":
        return read_parquet(path, findings)
    if path.name.endswith((".csv", ".csv.gz")):
        return read_csv(path, options, findings)
    return read_jsonl(path, findings)
