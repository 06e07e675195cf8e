"""From what a language model writes to the record that was asked for, and back from a prompt."""

import json
import re
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

Record = TypeVar("Record", bound=BaseModel)

_THOUGHTS = re.compile(r"^.*?</think>", re.DOTALL)
_OPENING = re.compile(r"[{\[]")
_INPUT = "\ninput: "
"""What stands before the data in a prompt of ragas; inside JSON a line break cannot stand."""


class Unreadable(ValueError):
    """A reply that holds no such record; the message says why, for the model to read."""


def parsed(text: str, kind: type[Record]) -> Record:
    """Return the first JSON value in a text that is such a record.

    Prose and code fences around it, thoughts before it, and a bare list in place of a record of
    one list are forgiven.

    Raises:
        Unreadable: There is none.
    """
    problem = "there is no JSON in it"
    text = _THOUGHTS.sub("", text)
    at = 0
    while match := _OPENING.search(text, at):
        try:
            value, at = json.JSONDecoder().raw_decode(text, match.start())
            return kind.model_validate(_wrapped(value, kind))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            problem = f"{where or 'it'}: {first['msg']}"
        except ValueError as error:
            at = match.end()
            problem = problem if "no JSON" not in problem else f"it is not valid JSON: {error}"
    raise Unreadable(problem)


def prompt_input(prompt: str) -> dict[str, Any]:
    r"""Return the data that a prompt of ragas is about; empty where it holds none.

    >>> prompt_input('Judge this.\ninput: {"answer": "It rains."}\nOutput: ')
    {'answer': 'It rains.'}
    """
    _, found, rest = prompt.rpartition(_INPUT)
    try:
        value, _ = json.JSONDecoder().raw_decode(rest if found else "")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _wrapped(value: Any, kind: type[BaseModel]) -> Any:
    """Return a list as the only field of a record that has one field."""
    if isinstance(value, list) and len(kind.model_fields) == 1:
        return {next(iter(kind.model_fields)): value}
    return value
