"""Tables of a benchmark file that know all of their keys, and plug-ins, which cannot."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from harness.errors import did_you_mean


class Strict(BaseModel):
    """A table in which an unknown key is an error that suggests the right one."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _know_every_key(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and cls.model_config.get("extra") == "forbid":
            for key in data:
                if key not in cls.model_fields:
                    raise ValueError(f"unknown key {key!r}; {did_you_mean(key, cls._keys())}")
        return data

    @classmethod
    def _keys(cls) -> set[str]:
        return set(cls.model_fields)


class Plugin(Strict):
    """A plug-in by name; further keys are the arguments of its constructor."""

    model_config = ConfigDict(extra="allow", frozen=True)
    type: str

    @property
    def options(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return dict(self.model_extra or {})
