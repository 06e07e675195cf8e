"""One YAML file to a table of plain data, and to its tree with line numbers.

YAML has more than a benchmark needs: keys that are no text (`on` is one), keys given twice, of
which the last would win, tables inside themselves. Here these are errors with their line.
"""

from pathlib import Path
from typing import Any

import yaml
from yaml.reader import ReaderError

from harness.errors import ConfigError

_TEXT, _MERGE = "tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"


def read_yaml(path: Path) -> tuple[yaml.Node, dict[str, Any]]:
    """Return the tree of a file and its content.

    Raises:
        ConfigError: The file is absent, a folder, not UTF-8, not YAML or no table of keys.
    """
    if path.is_dir():
        files = ", ".join(sorted(file.name for file in path.glob("*.yaml")))
        hint = f"name a file in it: {files}" if files else "name a file; it has no .yaml file"
        raise ConfigError(f"{path}: is a folder; {hint}")
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such benchmark file") from error
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: cannot be read as UTF-8 text: {error}") from error
    try:
        node = yaml.compose(text, yaml.SafeLoader)
        if node is not None:
            _check(node, path, {})
        table = yaml.safe_load(text)
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        character = f"U+{error.character:04X}"
        raise ConfigError(f"{path}:{line}: not YAML: the character {character}") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problem = " ".join(str(error.problem).split())
        raise ConfigError(f"{path}:{line}: not YAML: {problem}") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: nested too deeply") from error
    if not isinstance(table, dict) or node is None:
        raise ConfigError(f"{path}:1: expected a table of keys, such as 'dataset: vantora'")
    return node, table


def _check(node: yaml.Node, path: Path, done: dict[int, bool]) -> None:
    """Refuse what a benchmark has no use for; `done` says which nodes are, or are being, read."""
    if not done.setdefault(id(node), False):
        if isinstance(node, yaml.MappingNode):
            _check_keys(node, path)
            children = [value for _, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            children = node.value
        else:
            _check_scalar(node, path)
            children = []
        for child in children:
            if done.get(id(child)) is False:
                raise ConfigError(f"{_place(path, child)}: this contains itself")
            _check(child, path, done)
        done[id(node)] = True


def _check_keys(table: yaml.MappingNode, path: Path) -> None:
    lines: dict[str, int] = {}
    for key, _ in table.value:
        if not isinstance(key, yaml.ScalarNode):
            raise ConfigError(f"{_place(path, key)}: a key must be text")
        if key.tag == _MERGE:
            continue
        if key.tag != _TEXT:
            raise ConfigError(
                f"{_place(path, key)}: the key {key.value!r} is no text; write it in quotes"
            )
        if key.value in lines:
            raise ConfigError(
                f"{_place(path, key)}: the key {key.value!r} stands twice, "
                f"first in line {lines[key.value]}; keep one"
            )
        lines[key.value] = key.start_mark.line + 1


def _check_scalar(node: yaml.Node, path: Path) -> None:
    """Read one value, since pyyaml does not say where it stands if it cannot be read."""
    try:
        yaml.SafeLoader("").construct_object(node)
    except (ValueError, LookupError, AttributeError, ArithmeticError) as error:
        kind = node.tag.rpartition(":")[2]
        raise ConfigError(
            f"{_place(path, node)}: {node.value[:40]!r} is no {kind}; write text in quotes"
        ) from error


def _place(path: Path, node: yaml.Node) -> str:
    return f"{path}:{node.start_mark.line + 1}"
