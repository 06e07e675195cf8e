"""Where in a chain of YAML files a key stands."""

from pathlib import Path
from typing import Any

import yaml

from harness.config.shorthand import PLURAL, label_of

Link = tuple[Path, yaml.Node, dict[str, Any]]
"""A benchmark file, its tree with line numbers, and its content as it stands there."""


def line_of(chain: list[Link], loc: tuple[int | str, ...], message: str) -> str:
    """Return `file:line` of the deepest key of `loc` that stands in a file."""
    best = (0, f"{chain[0][0]}:1")
    if message.startswith("unknown key '"):
        loc = (*loc, message.split("'")[1])
    short = PLURAL.get(str(loc[0])) if loc else None
    for path, root, table in chain:
        replaces = short is not None and short in table
        node, depth = root, 0
        line = root.start_mark.line
        for part in _as_written(loc, table) if replaces else loc:
            found = None
            if isinstance(node, yaml.MappingNode):
                found = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if found is None:
                break
            line, node, depth = found[0].start_mark.line, found[1], depth + 1
        if depth > best[0]:
            best = (depth, f"{path}:{line + 1}")
        if replaces:
            break
    return best[1]


def _as_written(loc: tuple[int | str, ...], table: dict[str, Any]) -> tuple[int | str, ...]:
    """Return `retriever.depth` for `retrievers.bm25.depth`, where a file has the shorthand."""
    short = PLURAL[str(loc[0])]
    ours = len(loc) == 1 or loc[1] == label_of(short, table[short])
    return (short, *loc[2:]) if ours else loc
