"""JSON-lines files, plain or gzipped, to raw rows with exact line numbers."""

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path

from harness.data.faults import Findings, Place
from harness.data.rows import Raw


def text_lines(path: Path, findings: Findings) -> Iterator[tuple[int, str]]:
    """Yield (line number from 1, line with its end); a line that is not UTF-8 is reported.

    Lines are split before they are decoded: a stream that decodes ahead would name a line
    that stands before the broken one.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    number = 0
    try:
        with opener(path, "rb") as file:
            for number, line in enumerate(file, start=1):
                try:
                    yield number, line.decode("utf-8-sig" if number == 1 else "utf-8")
                except UnicodeDecodeError as error:
                    problem = f"not UTF-8 (byte {line[error.start]:#04x})"
                    findings.error(Place(str(path), number), problem, "save the file as UTF-8")
    except FileNotFoundError:
        findings.error(Place(str(path)), "no such file", "add it or give another folder")
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        place = Place(str(path), number + 1)
        findings.error(place, f"broken gzip file ({error})", "copy or compress it again")
    except OSError as error:
        findings.error(Place(str(path)), f"cannot be read ({error.strerror})", "check its rights")


def parse(text: str) -> object:
    """Return the JSON value of a text.

    Raises:
        ValueError: It is no JSON, or holds what cannot be kept: half a character, a number of
            thousands of digits, thousands of levels.
    """
    try:
        value = json.loads(text)
        if "\\ud" in text or "\\uD" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("JSON nested too deeply") from None
    except UnicodeEncodeError:
        raise ValueError("half of a surrogate pair, which is no character") from None
    return value


def read_jsonl(path: Path, findings: Findings) -> Iterator[Raw]:
    """Yield the object on each line; blank lines pass, broken ones are reported."""
    for number, line in text_lines(path, findings):
        if not line.strip():
            continue
        place = Place(str(path), number)
        try:
            row = parse(line)
        except json.JSONDecodeError as error:
            problem = f"broken JSON ({error.msg}, column {error.colno})"
            findings.error(place, problem, "mend or drop the line")
        except ValueError as error:
            findings.error(place, str(error), "mend or drop the line")
        else:
            if isinstance(row, dict):
                yield Raw(place, row)
            else:
                problem = f"a JSON {type(row).__name__} where a row {{...}} belongs"
                findings.error(place, problem, "put one JSON object on each line")
