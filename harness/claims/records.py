"""The records of a claims file: every key that may stand in one."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, model_validator

from harness.claims.checks import Check
from harness.config.strict import Strict
from harness.types import ContextType

Standing = Literal[
    "recomputed from released outputs",
    "transcribed by others",
    "abstract only",
    "secondary page",
    "computed",
    "unverified",
]
"""How well a published figure is known; see docs/claims.md."""


class Role(Strict):
    """A kind of arm, by what it is; what is left out may be anything."""

    trained: bool | None = None
    reads: ContextType | None = None
    learned: tuple[str, ...] = ()
    """What its weights saw in training, at least."""
    not_learned: tuple[str, ...] = ()
    method: str = ""
    merged: bool | None = None
    k: int | None = None
    rows: int | Literal["all"] | None = None
    """How many training pairs its weights saw."""
    retriever: str = ""
    """The type of its retriever."""
    growth: int | None = None
    """How many times the corpus its index holds."""


class Published(Strict):
    """One figure that somebody has published."""

    figure: str
    source: str
    link: str = ""
    standing: Standing


class Case(Strict):
    """One reading of a claim; it gets a verdict on each of its splits."""

    name: str = ""
    splits: tuple[str, ...] = ("",)
    all: tuple[Check, ...] = ()
    """Supported where every condition is met, refuted where one is failed."""
    any: tuple[Check, ...] = ()
    """Supported where one condition is met, refuted where all are failed."""
    benchmark: str = ""
    """What yields this case, where it is not what yields the claim's others."""

    @model_validator(mode="after")
    def _decides(self) -> "Case":
        if bool(self.all) == bool(self.any):
            raise ValueError("a case has either 'all' or 'any', a list of checks")
        if not any(check.decides for check in self.checks):
            raise ValueError("no check has a condition: give 'above', 'below' or 'within'")
        return self

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks, in their order."""
        return self.all or self.any


class Claim(Strict):
    """A statement that somebody makes, and what would decide it."""

    title: str
    statement: str
    source: str
    published: tuple[Published, ...] = ()
    condition: str
    """In words; `cases` says it in numbers."""
    benchmark: str = ""
    """The benchmark file that yields it, and options of `harness run`."""
    planned: str = ""
    """What would measure it, where no shipped benchmark does."""
    not_measurable: str = ""
    """Why no run can decide it."""
    cases: tuple[Case, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _one_case_needs_no_list(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        alone = {key: data[key] for key in ("splits", "all", "any") if key in data}
        if not alone:
            return data
        if "cases" in data:
            raise ValueError("give either 'cases', or 'all' or 'any' alone")
        rest = {key: value for key, value in data.items() if key not in alone}
        return {**rest, "cases": [alone]}

    @model_validator(mode="after")
    def _is_measured_or_says_why_not(self) -> "Claim":
        said = [bool(self.benchmark), bool(self.planned), bool(self.not_measurable)]
        if sum(said) != 1:
            raise ValueError("give one of 'benchmark', 'planned' and 'not_measurable'")
        if bool(self.benchmark) != bool(self.cases):
            raise ValueError("a claim has cases if, and only if, a benchmark yields it")
        return self

    @classmethod
    def _keys(cls) -> set[str]:
        return {*cls.model_fields, "splits", "all", "any"}


class Claims(Strict):
    """A whole file: the kinds of arms, and the claims by id."""

    arms: dict[str, Role]
    claims: dict[str, Claim] = Field(min_length=1)
