"""What to write instead, where a value of a file is of another kind than it must be."""

from typing import Any

from pydantic_core import ErrorDetails


def in_words(problem: ErrorDetails) -> str:
    """Return the remedy for a problem that pydantic found, or else its own words for it."""
    given, context = problem["input"], problem.get("ctx", {})
    match problem["type"]:
        case "list_type" | "tuple_type" | "sequence_str":
            return f"write a list{_such_as(given)}"
        case "is_instance_of" if context.get("class") == "Sequence":
            return f"write a list{_such_as(given)}"
        case "dict_type" | "mapping_type" | "model_type":
            return "write a table of keys"
        case "string_type":
            return f"write text{_in_quotes(given)}"
        case "string_too_short":
            return "write text that is not empty"
        case "too_short":
            least, there = context["min_length"], context["actual_length"]
            return f"needs at least {least} {'entry' if least == 1 else 'entries'}, has {there}"
        case "missing":
            return "this key is missing; write it"
    return problem["msg"].removeprefix("Value error, ")


def _such_as(given: Any) -> str:
    """Return an example of a list: what was given, in brackets."""
    text = str(given)
    plain = isinstance(given, str | int | float) and not isinstance(given, bool)
    return f", such as [{text}]" if plain and text.isprintable() and len(text) <= 40 else ""


def _in_quotes(given: Any) -> str:
    """Return an example of a text: the number that was given, in quotes."""
    number = isinstance(given, int | float) and not isinstance(given, bool)
    return f', such as "{given}"' if number else ""
