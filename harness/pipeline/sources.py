"""What is given to a build, cut into blocks: the same sources, the same blocks."""

import gzip
import hashlib
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from harness import data
from harness.data.names import HUB, locate
from harness.data.ours import is_folder
from harness.errors import DataError
from harness.pipeline.settings import Settings
from harness.types import QuestionSet

LINES, TEXTS, PARQUET = (".jsonl", ".jsonl.gz"), (".txt", ".md"), (".parquet",)
READABLE = (*LINES, *TEXTS, *PARQUET)

ROWS_OF_A_SET = 2_000
READ_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True)
class Source:
    """One file, or one question set."""

    given: str
    """As the user wrote it."""
    place: Path | QuestionSet

    @property
    def bytes(self) -> int:
        """Size of the file, 1 for a set, which is in memory already: for the bar."""
        return 1 if isinstance(self.place, QuestionSet) else self.place.stat().st_size

    @property
    def identity(self) -> dict[str, object]:
        """What the content is: name, bytes and SHA-256 of a file, or the digest of a set."""
        if isinstance(self.place, QuestionSet):
            return {"source": self.given, "digest": self.place.digest}
        total = hashlib.sha256()
        with self.place.open("rb") as file:
            while piece := file.read(READ_AT_ONCE):
                total.update(piece)
        return {"source": self.given, "file": self.place.name, "bytes": self.bytes,
                "sha256": total.hexdigest()}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a source that fits in memory: what becomes one shard."""

    number: int
    kind: Literal["lines", "texts", "parquet", "set"]
    file: str
    first: int = 1
    """Number of the first line or row, from 1."""
    content: Any = None
    """Bytes of the lines, paths of the texts, row groups, or documents and questions."""


def find_sources(given: Sequence[str]) -> list[Source]:
    """Return the files and question sets behind what a user wrote, in order.

    A folder is a question set where it holds a corpus and questions, else all readable files
    below it, by name.

    Raises:
        DataError: Nothing is there, or nothing of a kind that can be read.
    """
    found: list[Source] = []
    for name in given:
        place = locate(name)
        if isinstance(place, str) or (place.is_dir() and is_folder(place)):
            found.append(Source(name, data.load(name)))
            continue
        paths = sorted(p for p in place.rglob("*") if p.is_file()) if place.is_dir() else [place]
        readable = [path for path in paths if path.name.endswith(READABLE)]
        if not readable:
            raise DataError(
                f"{name}: nothing here that can be read; give {', '.join(READABLE)} files, a "
                f"folder of them, a question set or a name that starts with {HUB}"
            )
        found += [Source(name, path) for path in readable]
    return found


def blocks(sources: Sequence[Source], settings: Settings) -> Iterator[Block]:
    """Yield the blocks of all sources, numbered from 0.

    Raises:
        DataError: A file cannot be read.
    """
    size = max(1, round(settings.shard_mb * 1e6))
    pieces = (piece for group in _grouped(sources, size) for piece in _pieces(group, size))
    for number, (kind, file, first, content) in enumerate(pieces):
        yield Block(number, kind, file, first, content)


def _grouped(sources: Sequence[Source], size: int) -> Iterator[tuple[Source, ...]]:
    """Yield each source; text files that stand together, up to `size` bytes, as one group."""
    held: list[Source] = []
    total = 0
    for source in sources:
        place = source.place
        is_text = isinstance(place, Path) and place.name.endswith(TEXTS)
        if held and (not is_text or total >= size):
            yield tuple(held)
            held, total = [], 0
        if isinstance(place, Path) and is_text:
            held.append(source)
            total += place.stat().st_size
        else:
            yield (source,)
    if held:
        yield tuple(held)


_Piece = tuple[Literal["lines", "texts", "parquet", "set"], str, int, Any]


def _pieces(group: tuple[Source, ...], size: int) -> Iterator[_Piece]:
    source = group[0]
    place = source.place
    if isinstance(place, QuestionSet):
        rows = [*place.corpus, *place.split("train")]
        for start in range(0, len(rows), ROWS_OF_A_SET):
            yield "set", source.given, start + 1, rows[start : start + ROWS_OF_A_SET]
    elif place.name.endswith(LINES):
        yield from _lines(place, size)
    elif place.name.endswith(PARQUET):
        yield from _row_groups(place, size)
    else:
        yield "texts", str(place), 1, tuple(text.place for text in group)


def _lines(path: Path, size: int) -> Iterator[_Piece]:
    """Yield whole lines of about `size` bytes together, as they stand in the file."""
    opener = gzip.open if path.suffix == ".gz" else open
    first = number = 1
    held: list[bytes] = []
    total = 0
    try:
        with opener(path, "rb") as file:
            for line in file:
                held.append(line)
                total += len(line)
                number += 1
                if total >= size:
                    yield "lines", str(path), first, b"".join(held)
                    first, held, total = number, [], 0
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(
            f"{path}:{number}: broken gzip file ({error}); copy or compress it again"
        ) from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); check its rights") from error
    if held:
        yield "lines", str(path), first, b"".join(held)


def _row_groups(path: Path, size: int) -> Iterator[_Piece]:
    """Yield row groups of about `size` bytes together; a group is never cut."""
    from pyarrow import ArrowException  # type: ignore[import-untyped]
    from pyarrow.parquet import ParquetFile  # type: ignore[import-untyped]

    try:
        with ParquetFile(path) as file:
            groups = [file.metadata.row_group(n) for n in range(file.metadata.num_row_groups)]
            sizes = [(group.num_rows, group.total_byte_size) for group in groups]
    except (ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"{path}: broken Parquet ({reason}); write it again") from error
    first, row, held, total = 1, 1, [], 0
    for n, (rows, taken) in enumerate(sizes):
        held.append(n)
        total += taken
        row += rows
        if total >= size:
            yield "parquet", str(path), first, tuple(held)
            first, held, total = row, [], 0
    if held:
        yield "parquet", str(path), first, tuple(held)
