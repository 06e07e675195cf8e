"""A `.json` file as raw rows: a list of objects, or a table column by column as pandas writes."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from harness.data.faults import Place
from harness.data.lines import parse
from harness.data.rows import Raw
from harness.errors import DataError

_REMEDY = 'write a list of rows [{"answer": ...}, ...], or one row a line into a .jsonl file'


def read_json(path: Path) -> Iterator[Raw]:
    """Yield the rows: `[{column: value}]`, `{column: {row: value}}` or `{column: [values]}`.

    Raises:
        DataError: The file is no JSON, or none of the three.
    """
    try:
        content = parse(path.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as error:
        problem = f"broken JSON ({error.msg}, column {error.colno})"
        raise DataError(f"{path}:{error.lineno}: {problem}; mend or drop it") from error
    except ValueError as error:
        raise DataError(f"{path}: {error}; save it again as UTF-8") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); check its rights") from error
    if isinstance(content, list):
        for i, row in enumerate(content):
            if not isinstance(row, Mapping):
                raise DataError(f"{path}: [{i}] is no row {{...}}; {_REMEDY}")
            yield Raw(Place(str(path), part=f"[{i}]"), row)
    elif isinstance(content, Mapping):
        yield from _by_column(path, content)
    else:
        raise DataError(f"{path}: neither a list of rows nor a table of columns; {_REMEDY}")


def _by_column(path: Path, table: Mapping[str, object]) -> Iterator[Raw]:
    columns: dict[str, Mapping[object, object]] = {}
    for name, values in table.items():
        if isinstance(values, list):
            columns[name] = dict(enumerate(values))
        elif isinstance(values, Mapping):
            columns[name] = values
        else:
            raise DataError(f"{path}: {name!r} is no column of values; {_REMEDY}")
    for key in dict.fromkeys(key for values in columns.values() for key in values):
        fields = {name: values[key] for name, values in columns.items() if key in values}
        yield Raw(Place(str(path), part=f"row {key}"), fields)
