"""SQuAD JSON, versions 1.1 and 2.0 (Rajpurkar et al. 2016, 2018)."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from harness.data.faults import Findings, Place
from harness.data.lines import parse
from harness.data.options import DataOptions
from harness.data.rows import Raw, Source


def is_squad(path: Path) -> bool:
    """Return whether this is a .json file, or a folder with some."""
    return bool(_files(path))


def read_squad(path: Path, options: DataOptions, findings: Findings) -> Source:
    """Read one file, or every .json of a folder, its split being the start of its name.

    A paragraph is a document, called by the title of its article and a number. Questions that
    are `is_impossible` are unanswerable; their plausible answers are not read.
    """
    files = _files(path)
    source = Source(str(files[0]), str(files[0]))
    numbers: Counter[str] = Counter()
    for file in files:
        split = file.stem.split("-")[0].split("_")[0] if len(files) > 1 else ""
        for place, title, paragraph in _paragraphs(file, findings):
            key = f"{title}#{numbers[title]}"
            numbers[title] += 1
            row = {"document_id": key, "title": title, "text": paragraph.get("context")}
            source.documents.append(Raw(place, _named(row, options)))
            for number, asked in enumerate(_tables(paragraph.get("qas"))):
                spot = Place(place.file, None, f"{place.part}.qas[{number}]")
                source.questions.append(Raw(spot, _named(_question(asked, key, split), options)))
    return source


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(path.glob("*.json"))
    return [path] if path.suffix == ".json" and path.is_file() else []


def _paragraphs(
    file: Path, findings: Findings
) -> Iterator[tuple[Place, str, Mapping[str, object]]]:
    try:
        content = parse(file.read_bytes().decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        place = Place(str(file), error.lineno)
        findings.error(place, f"broken JSON ({error.msg})", "copy the file again")
        return
    except UnicodeDecodeError:
        findings.error(Place(str(file)), "not UTF-8", "save the file as UTF-8")
        return
    except (ValueError, OSError) as error:
        findings.error(Place(str(file)), str(error), "mend the file or copy it again")
        return
    articles = _tables(content.get("data")) if isinstance(content, dict) else []
    if not articles:
        findings.error(
            Place(str(file)),
            "not in the form of SQuAD, {data: [{title, paragraphs: [{context, qas}]}]}",
            "give JSON lines, CSV, Parquet or SQuAD JSON",
        )
    for number, article in enumerate(articles):
        title = str(article.get("title") or f"article {number}")
        for index, paragraph in enumerate(_tables(article.get("paragraphs"))):
            part = f"data[{number}].paragraphs[{index}]"
            yield Place(str(file), None, part), title, paragraph


def _question(asked: Mapping[str, object], key: str, split: str) -> dict[str, object]:
    known = ("id", "question", "answers", "plausible_answers", "is_impossible")
    answerable = not asked.get("is_impossible", False)
    texts = [answer.get("text") for answer in _tables(asked.get("answers"))]
    return {
        **{k: v for k, v in asked.items() if k not in known},
        "id": asked.get("id"),
        "question": asked.get("question"),
        "answers": [text for text in texts if text] if answerable else [],
        "gold": [key],
        "answerable": answerable,
        **({"split": split} if split else {}),
    }


def _named(row: dict[str, object], options: DataOptions) -> dict[str, object]:
    """Return the row under the column names in which the fields will be looked for."""
    return {options.column(key): value for key, value in row.items()}


def _tables(value: object) -> list[Mapping[str, object]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
