"""`model:`, `retriever:` and `prompt:`: shorthand for a map of one."""

from collections.abc import Mapping
from typing import Any

SINGULAR = {"model": "models", "retriever": "retrievers", "prompt": "prompts"}
"""The shorthand for each map."""

PLURAL = {many: one for one, many in SINGULAR.items()}

NAMED_BY = {"model": "path", "retriever": "type", "prompt": "template"}
"""What a mere name stands for."""


def table_of(name: str, within: str) -> dict[str, str]:
    """Return the table that a name alone stands for, as an entry of `models`, say.

    >>> table_of("pocket", "models"), table_of("sentence", "chunker")
    ({'path': 'pocket'}, {'type': 'sentence'})
    """
    return {NAMED_BY.get(PLURAL.get(within, ""), "type"): name}


def label_of(one: str, value: object) -> str:
    """Return the label of what a shorthand defines: its name or type, else the shorthand's own."""
    if isinstance(value, Mapping):
        return str(value.get("type", one))
    return str(value)


def map_of_one(one: str, value: object) -> dict[str, dict[str, Any]]:
    """Return the map that a shorthand stands for.

    Raises:
        ValueError: It is neither a name nor a table.
    """
    if isinstance(value, str) and value:
        return {label_of(one, value): {NAMED_BY[one]: value}}
    if isinstance(value, dict):
        return {label_of(one, value): value}
    raise ValueError(f"{one!r} is a name or a table")
