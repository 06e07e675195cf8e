"""Options of plug-ins: plain values, checked against the annotation they are meant for."""

import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from reprlib import repr as shortened
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import ConfigDict, TypeAdapter, ValidationError

from harness.config.wording import in_words
from harness.errors import ConfigError

_PLAIN = (bool, int, float, str, Path, types.NoneType)
_MADE_OF_OTHERS = (Union, types.UnionType, Sequence, Mapping, list, tuple, dict)


def is_plain(annotation: object) -> bool:
    """Return whether a value of that type can stand in a benchmark file.

    >>> is_plain(int | Sequence[str]), is_plain(object)
    (True, False)
    """
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return is_plain(inner[0])
    if origin in _MADE_OF_OTHERS:
        return all(one is Ellipsis or is_plain(one) for one in inner)
    return origin is Literal or annotation in _PLAIN


def coerced(annotation: Any, value: object, place: str) -> Any:
    """Return the value as the annotated type; true and false are no numbers.

    >>> coerced(float, "1e-3", "training: 'lora': lr")
    0.001

    Raises:
        ConfigError: It is of another type or out of bounds.
    """
    said = "Input should be no true or false"
    try:
        adapter = TypeAdapter[Any](annotation, config=ConfigDict(allow_inf_nan=False))
        made = adapter.validate_python(value)
        if not isinstance(value, bool) or isinstance(made, bool):
            return made
    except ValidationError as error:
        said = " or ".join(dict.fromkeys(in_words(problem) for problem in error.errors()))
    raise ConfigError(f"{place}: {said} (it is {shortened(value)})")
