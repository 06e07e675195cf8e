"""The JSON Schema of a benchmark file, for editors that complete and check as one types.

It is of a file as one writes it, not of what the loader makes of it: any key may stand in the file
that this one extends, null removes what was inherited, and a name may stand for a table.
"""

from typing import Any

from harness.config.prompting import Prompting
from harness.config.records import Benchmark, Judge, Model, Retriever, Weights
from harness.config.shorthand import SINGULAR
from harness.config.strict import Plugin

_NULL = {"type": "null"}
_NAME = {"type": "string", "minLength": 1}
_NAMED = {
    f"#/$defs/{table.__name__}" for table in (Judge, Model, Plugin, Prompting, Retriever, Weights)
}
"""The tables that a name alone may stand for."""


def file_schema() -> dict[str, Any]:
    """Return the JSON Schema of a benchmark file: `extends`, shorthands and defaults included."""
    schema = Benchmark.model_json_schema()
    entries = {one: schema["properties"][many] for one, many in SINGULAR.items()}
    schema["properties"].pop("name")
    made = _in_a_file(schema)
    made["$defs"] = {name: _in_a_file(table) for name, table in schema["$defs"].items()}
    made["properties"]["extends"] = {"type": "string", "description": "File to inherit from."}
    for one, entry in entries.items():
        made["properties"][one] = _in_a_file(entry["additionalProperties"])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def _in_a_file(node: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of what a file may say where the finished benchmark has `node`."""
    made = {key: value for key, value in node.items() if key not in ("required", "minProperties")}
    if "properties" in made:
        inner = made["properties"].items()
        made["properties"] = {name: _or(_in_a_file(value), _NULL) for name, value in inner}
    if isinstance(made.get("additionalProperties"), dict):
        made["additionalProperties"] = _or(_in_a_file(made["additionalProperties"]), _NULL)
    if "anyOf" in made:
        made["anyOf"] = [_in_a_file(one) for one in made["anyOf"]]
    return _or(made, _NAME) if made.get("$ref") in _NAMED else made


def _or(node: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of one or the other, with what an editor shows about it outside."""
    shown = ("title", "description", "default")
    about = {key: value for key, value in node.items() if key in shown}
    rest = {key: value for key, value in node.items() if key not in shown}
    choices = rest["anyOf"] if set(rest) == {"anyOf"} else [rest]
    return {"anyOf": choices if other in choices else [*choices, other], **about}
