"""The records of a benchmark file: every key that may stand in one, with its default."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core.core_schema import ValidationInfo

from harness.config.shorthand import SINGULAR
from harness.errors import did_you_mean

Sees = Literal["question", "passages", "documents"]


class _Strict(BaseModel):
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


class Plugin(_Strict):
    """A plug-in by name; further keys are the arguments of its constructor."""

    model_config = ConfigDict(extra="allow", frozen=True)
    type: str

    @property
    def options(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return dict(self.model_extra or {})


class Model(Plugin):
    """A base model: `path` is a folder, a hub id or `pocket`."""

    type: str = "transformers"
    path: str = Field(min_length=1)

    @property
    def options(self) -> dict[str, Any]:
        """The arguments of the constructor, `path` among them."""
        return {"path": self.path, **(self.model_extra or {})}


class Retriever(Plugin):
    """A retriever over chunks; `depth` hits are kept per question."""

    chunker: Plugin = Plugin(type="recursive")
    depth: int = Field(default=50, ge=1)


class Weights(Plugin):
    """How a set of weights is trained; further keys are options of the training method."""

    type: str = "lora"
    model: str = ""
    retriever: str = ""
    prompt: str = ""
    sees: tuple[Sees, ...] = Field(min_length=1)
    distractors: int = Field(default=3, ge=0)
    golden_share: float = Field(default=1.0, ge=0, le=1)
    without_golden: Literal["refuse", "answer"] = "refuse"
    unanswerable_share: float = Field(default=0.0, ge=0, lt=1)
    pairs_per_context: int = Field(default=1, ge=1)
    tokens: int | None = Field(default=None, ge=1)

    @model_validator(mode="before")
    @classmethod
    def _list_what_is_seen(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and isinstance(data.get("sees"), str):
            return {**data, "sees": [data["sees"]]}
        return data


_FILLED_IN: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "system": ((), ()),
    "passage": (("n", "title", "text", "passage"), ()),
    "with_passages": (("passages", "question"), ("passages", "question")),
    "without_passages": (("question",), ("question",)),
}
"""The names that each part of a prompt may use in braces, and those that it must."""


class Prompting(_Strict):
    """A shipped template by name, with any of its parts replaced."""

    template: str = "plain"
    system: str | None = None
    passage: str | None = None
    with_passages: str | None = None
    without_passages: str | None = None

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


class Decoding(_Strict):
    """How completions are made; temperature 0 is greedy."""

    max_tokens: int = Field(default=48, ge=1)
    temperature: float = Field(default=0.0, ge=0)
    top_p: float = Field(default=1.0, gt=0, le=1)


class Context(_Strict):
    """What an arm gets to read."""

    type: Literal["none", "retrieved", "gold", "wrong", "whole"] = "none"
    k: int = Field(default=4, ge=1)
    retriever: str = ""


class Arm(_Strict):
    """A thing under test: weights x context x prompt, or somebody else's answers."""

    type: Literal["model", "external"] = "model"
    model: str = ""
    weights: str = "base"
    context: Context = Context()
    prompt: str = ""
    decoding: str = ""
    merged: bool = True
    answers: str = ""
    """External arm: a file of answers {question_id, answer, passages?}."""
    callable: str = ""
    """External arm: `module:function`, question text to answer or (answer, passages)."""

    @model_validator(mode="after")
    def _one_source_of_answers(self) -> "Arm":
        if self.type == "external" and bool(self.answers) == bool(self.callable):
            raise ValueError("an external arm needs either 'answers' or 'callable'")
        if self.type == "model" and (self.answers or self.callable):
            raise ValueError("'answers' and 'callable' belong to 'type: external'")
        return self


class Training(_Strict):
    """The budget every set of weights gets, in tokens, and the seeds."""

    tokens_per_weights: int = Field(default=600_000, ge=1)
    seeds: tuple[Annotated[int, Field(ge=0, lt=2**32)], ...] = Field(default=(0,), min_length=1)

    @field_validator("seeds")
    @classmethod
    def _each_seed_once(cls, seeds: tuple[int, ...]) -> tuple[int, ...]:
        for seed in seeds:
            if seeds.count(seed) > 1:
                raise ValueError(f"seed {seed} is given twice")
        return seeds


class Metrics(_Strict):
    """What is scored; everything but the primary metric is exploratory."""

    primary: str = "contains"
    also: tuple[str, ...] = ()
    majority_by: str = ""
    """Meta field within which the majority-value floor is taken."""


class Latency(_Strict):
    """The latency stage: batch size 1, after a warm-up, on a sample of the test questions."""

    questions: int = Field(default=30, ge=0)
    warmup: int = Field(default=2, ge=0)
    order: Literal["interleaved", "blocks"] = "interleaved"
    """Each question to every arm before the next; or, where memory holds one model only, ten
    questions to the arms of one model, then to those of the next, taking turns."""


class Data(_Strict):
    """How the files of a question set map to ours."""

    columns: dict[str, str] = {}
    splits: dict[str, str] = {}
    split_seed: int = 0


def _names_a_file(arm: str) -> str:
    if not re.fullmatch(r"[\w-][\w.-]*", arm):
        raise ValueError(
            "the name of an arm is made of letters, digits, '_', '-' and '.', no '.' first: "
            "its answers go into a file of that name"
        )
    return arm


class Benchmark(_Strict):
    """A whole benchmark: one question set, the arms to put through it, what to measure."""

    name: str
    dataset: str
    data: Data = Data()
    slices: tuple[str, ...] = ()
    models: dict[str, Model]
    retrievers: dict[str, Retriever] = {}
    weights: dict[str, Weights] = {}
    prompts: dict[str, Prompting] = {"plain": Prompting()}
    decoding: dict[str, Decoding] = {"greedy": Decoding()}
    arms: dict[Annotated[str, AfterValidator(_names_a_file)], Arm] = Field(min_length=1)
    training: Training = Training()
    metrics: Metrics = Metrics()
    contrasts: tuple[tuple[str, str], ...] = ()
    latency: Latency = Latency()
    prices: str = "cpu-2026"

    @classmethod
    def _keys(cls) -> set[str]:
        return {*cls.model_fields, *SINGULAR, "extends"} - {"name"}


def file_schema() -> dict[str, Any]:
    """Return the JSON Schema of a benchmark file: `extends`, shorthands and defaults included."""
    schema = Benchmark.model_json_schema()
    schema["properties"].pop("name")
    schema["required"] = []  # what a file leaves out may stand in the one it extends
    schema["properties"]["extends"] = {"type": "string", "description": "File to inherit from."}
    for one, many in SINGULAR.items():
        values = schema["properties"][many]["additionalProperties"]
        schema["properties"][one] = {"anyOf": [{"type": "string"}, values]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
