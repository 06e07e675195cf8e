"""Where in a chain of YAML files a key stands."""

from pathlib import Path
from typing import Any

import yaml

Link = tuple[Path, yaml.Node, dict[str, Any]]
"""A benchmark file, its tree with line numbers, and its content."""


def line_of(chain: list[Link], loc: tuple[int | str, ...], message: str) -> str:
    """Return `file:line` of the deepest key of `loc` that stands in a file."""
    best = (0, f"{chain[0][0]}:1")
    for path, root, _ in chain:
        node, depth = root, 0
        line = root.start_mark.line
        quoted = message.split("'")[1] if message.startswith("unknown key '") else None
        for part in (*loc, *([quoted] if quoted else [])):
            found = None
            if isinstance(node, yaml.MappingNode):
                found = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if found is None:
                break
            line, node, depth = found[0].start_mark.line, found[1], depth + 1
        if depth > best[0]:
            best = (depth, f"{path}:{line + 1}")
    return best[1]
