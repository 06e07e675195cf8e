"""A YAML file to claims; whatever is wrong is named with its file and line."""

from pathlib import Path

import yaml
from pydantic import ValidationError

from harness.claims.checks import roles_of
from harness.claims.records import Claims
from harness.config.read import read_yaml
from harness.errors import ConfigError, did_you_mean

Loc = tuple[int | str, ...]


def default_file() -> Path:
    """Return the shipped claims: below the working directory, or beside the package."""
    here = Path("benchmarks") / "claims.yaml"
    return here if here.is_file() else Path(__file__).resolve().parents[2] / here


def read_claims(path: Path) -> Claims:
    """Read a file of claims.

    Raises:
        ConfigError: The file is absent, no YAML, or says something that is not understood; the
            message names the file, the line and the remedy.
    """
    if not path.is_file():
        raise ConfigError(f"{path}: no such file of claims; benchmarks/claims.yaml is the pattern")
    node, table = read_yaml(path)
    try:
        claims = Claims.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        message = first["msg"].removeprefix("Value error, ")
        place = first["loc"]
        if message.startswith("unknown key '"):
            place = (*place, message.split("'")[1])
        line, words = _place(node, place)
        where = f"{'.'.join(words)}: " if words else ""
        raise ConfigError(f"{path}:{line}: {where}{message}") from error
    _check_names(path, node, claims)
    return claims


def _check_names(path: Path, node: yaml.Node, claims: Claims) -> None:
    for name, claim in claims.claims.items():
        named = [roles_of(check) for case in claim.cases for check in case.checks]
        for role in (role for roles in named for role in roles):
            if role not in claims.arms:
                line, _ = _place(node, ("claims", name))
                raise ConfigError(
                    f"{path}:{line}: claims.{name}: no kind of arm is called {role!r}; "
                    f"{did_you_mean(role, claims.arms)}"
                )


def _place(node: yaml.Node, loc: Loc) -> tuple[int, list[str]]:
    """Return the line of the deepest part of `loc` that stands in the file, and those parts.

    Parts that stand nowhere, such as the name of a measure that was tried, are passed over.
    """
    line, words = node.start_mark.line + 1, []
    for part in loc:
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if found is not None:
                line, node = found[0].start_mark.line + 1, found[1]
                words.append(str(part))
        elif isinstance(node, yaml.SequenceNode) and part in range(len(node.value)):
            node = node.value[int(part)]
            line = node.start_mark.line + 1
            words.append(str(int(part) + 1))
    return line, words
