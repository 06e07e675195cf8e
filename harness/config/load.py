"""YAML to a checked `Benchmark`; whatever is wrong is named with its file and line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from harness.config.places import Link, line_of
from harness.config.records import SINGULAR, Benchmark
from harness.config.resolve import resolved
from harness.errors import ConfigError


def load_benchmark(path: Path) -> Benchmark:
    """Read a benchmark file; its stem is its name.

    Raises:
        ConfigError: The file is absent, no YAML, or says something that is not understood; the
            message names the file, the line and the remedy.
    """
    chain = list(_chain(path, ()))
    data: dict[str, Any] = {}
    for _, _, table in reversed(chain):
        data = _merge(data, table)
    try:
        return resolved(Benchmark.model_validate({"name": path.stem, **_plural(data)}), chain)
    except ValidationError as error:
        first = error.errors()[0]
        message = first["msg"].removeprefix("Value error, ")
        where = ".".join(str(part) for part in first["loc"])
        line = line_of(chain, first["loc"], message)
        raise ConfigError(f"{line}: {where + ': ' if where else ''}{message}") from error


def _chain(path: Path, seen: tuple[Path, ...]) -> Iterator[Link]:
    """Yield the file and what it extends, itself first."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such benchmark file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as UTF-8 text: {error}") from error
    try:
        node, table = yaml.compose(text, yaml.SafeLoader), yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{path}:{line}: not YAML: {error.problem}") from error
    if not isinstance(table, dict) or node is None:
        raise ConfigError(f"{path}:1: expected a table of keys, such as 'dataset: vantora'")
    parent = table.pop("extends", None)
    yield path, node, table
    if parent is not None:
        target = path.parent / str(parent)
        if target.resolve() in seen:
            raise ConfigError(f"{path}: 'extends' goes round in a circle at {parent}")
        yield from _chain(target, (*seen, path.resolve()))


def _merge(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Lay one table over another: tables merge, anything else replaces, null removes."""
    merged = dict(below)
    for key, value in above.items():
        if value is None and key in below:
            del merged[key]
        elif isinstance(value, dict) and isinstance(below.get(key), dict):
            merged[key] = _merge(below[key], value)
        else:
            merged[key] = value
    return merged


def _plural(data: dict[str, Any]) -> dict[str, Any]:
    """Turn `model:`, `retriever:` and `prompt:` into maps of one."""
    data = dict(data)
    for one, many in SINGULAR.items():
        if one in data:
            if many in data:
                raise ConfigError(f"give either '{one}' or '{many}', not both")
            value = data.pop(one)
            label = value if isinstance(value, str) else str(value.get("type", one))
            key = "path" if one == "model" else "template" if one == "prompt" else "type"
            data[many] = {label: {key: value} if isinstance(value, str) else value}
    if isinstance(data.get("arms"), dict):
        data["arms"] = {k: {} if v is None else v for k, v in data["arms"].items()}
    return data
