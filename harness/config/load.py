"""YAML to a checked `Benchmark`; whatever is wrong is named with its file and line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from harness.config.places import Link, line_of
from harness.config.read import read_yaml
from harness.config.records import Benchmark
from harness.config.resolve import resolved
from harness.config.search_checks import checked
from harness.config.shorthand import SINGULAR, map_of_one, table_of
from harness.config.wording import in_words
from harness.errors import ConfigError


def load_benchmark(path: Path) -> Benchmark:
    """Read a benchmark file; its stem is its name.

    Raises:
        ConfigError: The file is absent, no YAML, or says something that is not understood; the
            message names the file, the line and the remedy.
    """
    chain = list(_chain(path, ()))
    data: dict[str, Any] = {}
    for link in reversed(chain):
        table, replaced = _spelled_out(link)
        data = _merge({k: v for k, v in data.items() if k not in replaced}, table)
    if isinstance(data.get("arms"), dict):
        data["arms"] = {k: {} if v is None else v for k, v in data["arms"].items()}
    try:
        benchmark = Benchmark.model_validate({"name": path.stem, **data})
        return checked(resolved(benchmark, chain), chain)
    except ValidationError as error:
        first = error.errors()[0]
        message = in_words(first)
        loc = tuple(part for part in first["loc"] if part != "[key]")
        where = ".".join(" ".join(str(part).split()) for part in loc)
        line = line_of(chain, loc, message)
        raise ConfigError(f"{line}: {where + ': ' if where else ''}{message}") from error


def _chain(path: Path, seen: tuple[Path, ...]) -> Iterator[Link]:
    """Yield the file and what it extends, itself first."""
    node, table = read_yaml(path)
    link = path, node, table
    yield link
    parent = table.get("extends")
    if parent is None:
        return
    if not isinstance(parent, str) or "\0" in parent:
        raise ConfigError(f"{line_of([link], ('extends',), '')}: 'extends' is the name of a file")
    target = path.parent / parent
    if target.resolve() in (*seen, path.resolve()):
        raise ConfigError(f"{path}: 'extends' goes round in a circle at {parent}")
    yield from _chain(target, (*seen, path.resolve()))


def _spelled_out(link: Link) -> tuple[dict[str, Any], set[str]]:
    """Return a file's table without shorthand, and the maps that shorthand sets anew."""
    table = {key: value for key, value in link[2].items() if key != "extends"}
    replaced = set()
    if "name" in table:
        place = line_of([link], ("name",), "")
        raise ConfigError(f"{place}: unknown key 'name'; a benchmark is called like its file")
    for one, many in SINGULAR.items():
        if one in table:
            place = line_of([link], (one,), "")
            if many in table:
                raise ConfigError(f"{place}: give either {one!r} or {many!r}, not both")
            try:
                table[many] = map_of_one(one, table.pop(one))
            except ValueError as error:
                raise ConfigError(f"{place}: {error}") from error
            replaced.add(many)
    return table, replaced


def _merge(below: dict[str, Any], above: dict[str, Any], within: str = "") -> dict[str, Any]:
    """Lay one table over another: tables merge, anything else replaces, null removes.

    A name below a table counts as the table that it stands for.
    """
    merged = dict(below)
    for key, value in above.items():
        old = below.get(key)
        if isinstance(old, str) and isinstance(value, dict):
            old = table_of(old, within)
        if value is None and key in below:
            del merged[key]
        elif isinstance(value, dict) and isinstance(old, dict):
            merged[key] = _merge(old, value, key)
        else:
            merged[key] = value
    return merged
