"""Lists of a benchmark file, and what may not stand in them."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field

Values = TypeVar("Values", bound=Sequence[Any])


def _each_once(values: Values) -> Values:
    for value in values:
        if values.count(value) > 1:
            raise ValueError(f"{value!r} is given twice")
    return values


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _lists_of_two(pairs: Any) -> Any:
    listed = pairs if isinstance(pairs, list | tuple) else [pairs]
    if not all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in listed):
        raise ValueError("write a list of pairs of arms, such as [[rag, base]]")
    return pairs


def _two_arms_each(pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    for a, b in pairs:
        if a == b:
            raise ValueError(f"[{a}, {b}] compares an arm with itself; name two arms")
        if pairs.count((a, b)) > 1:
            raise ValueError(f"[{a}, {b}] is given twice")
    return pairs


Names = Annotated[tuple[str, ...], AfterValidator(_each_once)]

Contrasts = Annotated[
    tuple[tuple[str, str], ...], BeforeValidator(_lists_of_two), AfterValidator(_two_arms_each)
]

Seeds = Annotated[
    tuple[Annotated[int, Field(ge=0, lt=2**32)], ...],
    Field(min_length=1),
    AfterValidator(_each_once),
]

AlsoAsked = Annotated[tuple[Literal["dev-seen", "dev-new"], ...], AfterValidator(_each_once)]

_Shown = Literal["question", "passages", "documents", "shards"]
_ShownInTurn = Annotated[tuple[_Shown, ...], Field(min_length=1)]
Sees = Annotated[
    _ShownInTurn, BeforeValidator(_listed, json_schema_input_type=_Shown | _ShownInTurn)
]

_Split = Literal["dev", "test"]
_Splits = tuple[_Split, ...]
Splits = Annotated[_Splits, BeforeValidator(_listed, json_schema_input_type=_Split | _Splits)]
