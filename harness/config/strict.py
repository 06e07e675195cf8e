"""Tables of a benchmark file that know all of their keys, and plug-ins, which cannot."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, get_args

from pydantic import BaseModel, ConfigDict, field_validator, model_validator
from pydantic_core.core_schema import ValidationInfo

from harness.errors import did_you_mean


class Strict(BaseModel):
    """A table in which an unknown key is an error that suggests the right one."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    named_by: ClassVar[str] = ""
    """The key that a name alone stands for, in place of the table; empty: there is none."""

    @model_validator(mode="before")
    @classmethod
    def _know_every_key(cls, data: Any) -> Any:
        if cls.named_by and isinstance(data, str) and data:
            return {cls.named_by: data}
        if not isinstance(data, Mapping | BaseModel):
            raise ValueError(f"write {'a name or ' if cls.named_by else ''}a table of keys")
        if isinstance(data, Mapping) and cls.model_config.get("extra") == "forbid":
            for key in data:
                if key not in cls.model_fields:
                    raise ValueError(f"unknown key {key!r}; {did_you_mean(key, cls._keys())}")
        return data

    @classmethod
    def _keys(cls) -> set[str]:
        return set(cls.model_fields)


class Section(Strict):
    """A table of a benchmark: in place of a number it takes no true or false."""

    @field_validator("*", mode="before")
    @classmethod
    def _take_true_and_false_for_no_number(cls, value: Any, info: ValidationInfo) -> Any:
        kinds = list(_kinds(cls.model_fields[str(info.field_name)].annotation))
        if bool not in kinds and (int in kinds or float in kinds):
            for one in value if isinstance(value, list | tuple) else (value,):
                if isinstance(one, bool):
                    raise ValueError(f"{str(one).lower()} is no number; write one")
        return value


class Plugin(Section):
    """A plug-in by name; further keys are the arguments of its constructor."""

    model_config = ConfigDict(extra="allow", frozen=True)
    named_by: ClassVar[str] = "type"
    type: str

    @property
    def options(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return dict(self.model_extra or {})


def _kinds(annotation: Any) -> Iterator[Any]:
    """Yield the types that an annotation is made of."""
    inner = get_args(annotation)
    if not inner:
        yield annotation
    for one in inner:
        yield from _kinds(one)
