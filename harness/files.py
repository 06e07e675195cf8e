"""Rows to bytes and back: JSON lines that survive a kill, atomic files, whole-or-absent folders."""

import dataclasses
import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from harness.errors import DataError, StorageError

Row = TypeVar("Row")


def encode(value: object) -> Any:
    """Return plain JSON data for a record, a mapping, a path or a sequence."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: encode(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(k): encode(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [encode(v) for v in value]
    return str(value) if isinstance(value, Path) else value


def digest(value: object) -> str:
    """Return 12 hex digits that depend on the value and not on key order.

    >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    True
    """
    text = json.dumps(encode(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


@cache
def folder_digest(folder: Path) -> str:
    """Return 12 hex digits of the names and bytes of all files below a folder.

    What is there to be read by people, `.md` files, is no part of it.
    """
    total = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if path.suffix != ".md":
            total.update(path.relative_to(folder).as_posix().encode() + b"\0")
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:12]


@cache
def source_digest(*names: str) -> str:
    """Return 12 hex digits of our own source: modules or sub-packages of `harness` by name.

    It stands in the key of whatever that code makes, so that a change of the code is never
    answered with an artefact of the old one.
    """
    root = Path(__file__).parent
    paths = [root / name if (root / name).is_dir() else root / f"{name}.py" for name in names]
    files = [f for p in paths for f in (sorted(p.rglob("*.py")) if p.is_dir() else [p])]
    return digest([[f.relative_to(root).as_posix(), f.read_text("utf-8")] for f in files])


_STORAGE = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS),
    *(errno.ENOTDIR, errno.EEXIST, errno.EIO, errno.ENAMETOOLONG),
}


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn a full disk or a forbidden folder into a `StorageError` that names the path."""
    try:
        yield
    except OSError as error:
        said = error.strerror or str(error)
        if error.errno == errno.ENOENT and _leads_to(path, error.filename):
            said = "no folder can be made there"
        elif error.errno not in _STORAGE:
            raise
        raise StorageError(
            f"{path}: {said}; free some space or choose another --out, "
            "then run again: finished rows are kept"
        ) from error


def _leads_to(path: Path, name: object) -> bool:
    """Return whether a name is the path, its part or a folder above: /proc lets none be made."""
    there = [path, *path.parents, *([_part(path)] if path.name else [])]
    return isinstance(name, str | Path) and Path(name) in there


def _part(path: Path) -> Path:
    """Return where a file or folder is written before it takes its name."""
    return path.with_name(f".{path.name}.part")


@contextmanager
def row_writer(path: Path) -> Iterator[Callable[[Iterable[object]], None]]:
    """Yield a function that appends records to a JSON-lines file in one write and flushes it.

    So a killed run keeps every batch it finished. A torn last line, which is what such a run
    may leave, is cut off before the first row is added.
    """
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            whole, newline, _ = path.read_bytes().rpartition(b"\n")
            file.truncate(len(whole) + len(newline))

            def write(rows: Iterable[object]) -> None:
                with storage_errors(path):
                    file.write(b"".join(_line(row) for row in rows))
                    file.flush()
                    os.fsync(file.fileno())

            yield write


def _line(row: object) -> bytes:
    return json.dumps(encode(row), ensure_ascii=False, allow_nan=False).encode() + b"\n"


def write_text(path: Path, text: str) -> None:
    """Write a file so that at any moment the old or the new one stands there, whole."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file so that at any moment the old or the new one stands there, whole."""
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = _part(path)
        part.write_bytes(data)
        part.replace(path)


def write_rows(path: Path, rows: Iterable[object]) -> None:
    """Write a whole JSON-lines file at once."""
    write_bytes(path, b"".join(_line(row) for row in rows))


def read_rows(path: Path, kind: type[Row]) -> Iterator[Row]:
    """Yield the records of a JSON-lines file of ours, without a torn last line.

    An absent file has no records, so a first run needs no special case.

    Raises:
        DataError: A whole line is not such a record.
    """
    if not path.exists():
        return
    adapter = TypeAdapter(kind)
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.endswith(b"\n"):
                try:
                    yield adapter.validate_json(line)
                except ValidationError as error:
                    problem = error.errors()[0]
                    where = ".".join(str(part) for part in problem["loc"])
                    raise DataError(
                        f"{path}:{number}: {where or 'line'}: {problem['msg']}; "
                        "delete the file to have it made again"
                    ) from error


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Yield a folder that takes the name `path` only when the block ends well.

    So a folder that exists is complete. What an interrupted block left is removed first.
    """
    part = _part(path)
    with storage_errors(path):
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        yield part
        part.rename(path)
