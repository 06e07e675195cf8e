"""The table of a prompt: which template, and what replaces its parts."""

import re
from collections.abc import Mapping
from typing import ClassVar

from pydantic import field_validator
from pydantic_core.core_schema import ValidationInfo

from harness.config.shorthand import NAMED_BY
from harness.config.strict import Strict
from harness.errors import did_you_mean

_FILLED_IN: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "system": ((), ()),
    "passage": (("n", "title", "text", "passage"), ()),
    "with_passages": (("passages", "question"), ("passages", "question")),
    "without_passages": (("question",), ("question",)),
}
"""The names that each part of a prompt may use in braces, and those that it must."""


class Prompting(Strict):
    """A shipped template by name, with any of its parts replaced."""

    named_by: ClassVar[str] = NAMED_BY["prompt"]
    template: str = "plain"
    system: str | None = None
    passage: str | None = None
    with_passages: str | None = None
    without_passages: str | None = None

    @property
    def parts(self) -> dict[str, str]:
        """The parts that are replaced, by name."""
        return self.model_dump(exclude={"template"}, exclude_none=True)

    @field_validator(*_FILLED_IN)
    @classmethod
    def _name_what_is_filled_in(cls, text: str | None, info: ValidationInfo) -> str | None:
        known, needed = _FILLED_IN[str(info.field_name)]
        named = re.findall(r"\{(\w+)\}", text) if text is not None else list(needed)
        for name in named:
            if name not in known:
                hint = did_you_mean(name, known) if known else "write it out"
                raise ValueError(f"{{{name}}} is never filled in; {hint}")
        for name in needed:
            if name not in named:
                raise ValueError(f"{{{name}}} is missing")
        return text
