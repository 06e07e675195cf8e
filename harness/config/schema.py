"""The JSON Schema of a benchmark file, for editors that complete and check as one types."""

from typing import Any

from harness.config.records import Benchmark
from harness.config.shorthand import SINGULAR


def file_schema() -> dict[str, Any]:
    """Return the JSON Schema of a benchmark file: `extends`, shorthands and defaults included."""
    schema = Benchmark.model_json_schema()
    schema["properties"].pop("name")
    schema["required"] = []  # what a file leaves out may stand in the one it extends
    schema["properties"]["extends"] = {"type": "string", "description": "File to inherit from."}
    for one, many in SINGULAR.items():
        values = schema["properties"][many]["additionalProperties"]
        schema["properties"][one] = {"anyOf": [{"type": "string"}, values]}
    judge = schema["properties"]["judge"]
    schema["properties"]["judge"] = {"anyOf": [{"type": "string"}, judge]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
