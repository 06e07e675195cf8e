"""TREC's two formats, read and written: runs (what was ranked) and qrels (what is gold).

Programs that read a run, trec_eval first, go by its scores and not by its ranks: higher scores
first, equal ones by falling document id, and scores are equal that are equal in single precision.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from harness.errors import DataError
from harness.files import write_text
from harness.retrieving.system import Ranked
from harness.types import Question


def read_run(path: Path) -> dict[str, Ranked]:
    """Return the ranking of each question of a run, `QUESTION Q0 DOCUMENT RANK SCORE NAME` a line.

    Raises:
        DataError: The file is absent or empty, a line is none of a run, or a document stands
            twice under one question.
    """
    found: dict[str, dict[str, float]] = {}
    for number, (question, _, document, _, score, _) in _lines(path, 6, "run"):
        ranked = found.setdefault(question, {})
        if document in ranked:
            raise DataError(
                f"{path}:{number}: document {document!r} stands twice under question "
                f"{question!r}; keep its first line"
            )
        ranked[document] = _score(path, number, score)
    return {question: in_trec_order(ranked) for question, ranked in found.items()}


def in_trec_order(scores: Mapping[str, float]) -> Ranked:
    """Return documents as trec_eval ranks them.

    >>> in_trec_order({"a": 1.0, "b": 1.0, "c": 2.0})
    (('c', 2.0), ('b', 1.0), ('a', 1.0))
    """
    by_id = sorted(scores.items(), key=lambda item: item[0].encode(), reverse=True)
    return tuple(sorted(by_id, key=lambda item: -np.float32(item[1])))


def write_run(path: Path, name: str, rankings: Mapping[str, Ranked]) -> None:
    """Write rankings as a run whose scores fall at every rank, so that no reader reorders them.

    A score that does not lie below the one before it, in single precision, is lowered to the
    next number that does.
    """
    tag = "_".join(name.split()) or "run"
    lines = (
        f"{question} Q0 {document} {rank} {score!r} {tag}\n"
        for question, ranked in rankings.items()
        for rank, (document, score) in enumerate(_falling(ranked), start=1)
    )
    _check_names([*rankings, *(d for ranked in rankings.values() for d, _ in ranked)], path)
    write_text(path, "".join(lines))


def write_qrels(path: Path, questions: Sequence[Question]) -> None:
    """Write the gold documents of questions, `QUESTION 0 DOCUMENT 1` a line."""
    _check_names([name for q in questions for name in (q.id, *q.gold)], path)
    rows = ((q.id, document) for q in questions for document in dict.fromkeys(q.gold))
    write_text(path, "".join(f"{question} 0 {document} 1\n" for question, document in rows))


def read_qrels(path: Path) -> tuple[Question, ...]:
    """Return a question for each id of a qrels file that has a gold document.

    Every grade of 1 or more is gold. The texts of questions are not in such a file.

    Raises:
        DataError: The file is absent, a line is none of qrels, or nothing in it is gold.
    """
    gold: dict[str, dict[str, None]] = {}
    for number, (question, _, document, grade) in _lines(path, 4, "qrels"):
        try:
            relevant = int(grade) > 0
        except ValueError as error:
            raise DataError(f"{path}:{number}: the grade {grade!r} is no whole number") from error
        if relevant:
            gold.setdefault(question, {})[document] = None
    if not gold:
        raise DataError(f"{path}: no document has a grade of 1 or more; nothing can be scored")
    return tuple(Question(i, "", (), gold=tuple(ids), split="all") for i, ids in gold.items())


def has_grades(path: Path) -> bool:
    """Return whether a qrels file tells degrees of gold, which are not told apart here."""
    return any(grade.isdigit() and int(grade) > 1 for _, (*_, grade) in _lines(path, 4, "qrels"))


def _falling(ranked: Ranked) -> Iterator[tuple[str, float]]:
    above = np.float32(np.inf)
    for document, score in ranked:
        above = min(np.float32(score), np.nextafter(above, np.float32(-np.inf)))
        yield document, float(above)


def _score(path: Path, number: int, score: str) -> float:
    try:
        value = float(score)
    except ValueError as error:
        raise DataError(f"{path}:{number}: the score {score!r} is no number") from error
    if not np.isfinite(value):
        raise DataError(f"{path}:{number}: the score {score!r} has no place in a ranking")
    return value


def _lines(path: Path, width: int, what: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the columns of every line that is not blank."""
    columns = {6: "QUESTION Q0 DOCUMENT RANK SCORE NAME", 4: "QUESTION 0 DOCUMENT GRADE"}[width]
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read as a {what} file: {error}") from error
    empty = True
    for number, line in enumerate(text.splitlines(), start=1):
        if parts := line.split():
            if len(parts) != width:
                raise DataError(f"{path}:{number}: {len(parts)} columns; a {what} has: {columns}")
            empty = False
            yield number, parts
    if empty:
        raise DataError(f"{path}: is empty; a {what} has lines of: {columns}")


def _check_names(names: Iterable[str], path: Path) -> None:
    """Refuse ids that would break a line into other columns."""
    for name in names:
        if not name or len(name.split()) != 1 or name != name.strip():
            raise DataError(
                f"{path}: the id {name!r} is empty or has a space, which TREC's formats cannot "
                "say; rename it"
            )
