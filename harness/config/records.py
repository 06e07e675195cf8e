"""The records of a benchmark file: every key that may stand in one, with its default."""

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from harness.config.prompting import Prompting
from harness.config.searching import Series, SeriesName, Tune
from harness.config.shorthand import NAMED_BY, SINGULAR
from harness.config.strict import Plugin, Section
from harness.config.values import AlsoAsked, Contrasts, Names, Seeds, Sees, Splits


class Model(Plugin):
    """A base model: `path` is a folder, a hub id, `pocket`, or what a server calls it."""

    named_by: ClassVar[str] = NAMED_BY["model"]
    type: str = "transformers"
    path: str = Field(min_length=1)

    @property
    def hosted(self) -> bool:
        """Whether a server answers: then there are no weights to train and no device of ours."""
        return self.type == "openai"

    @property
    def options(self) -> dict[str, Any]:
        """The arguments of the constructor, `path` among them."""
        return {"path": self.path, **(self.model_extra or {})}


class Retriever(Plugin):
    """A retriever over chunks; `depth` hits are kept per question."""

    chunker: Plugin = Plugin(type="recursive")
    depth: int = Field(default=50, ge=1)
    match: Literal["passages", "questions"] = "passages"
    """What a question is compared with: passages, or the questions that passages answer."""
    without: Splits = ()
    """Splits whose answers are left out of the index: documents gold for nothing else."""
    growth: int = Field(default=1, ge=1)
    """Times the corpus: it is filled up with documents of other worlds, which answer nothing."""


class Weights(Plugin):
    """How a set of weights is trained; further keys are options of the training method."""

    model_config = ConfigDict(extra="allow", frozen=True, serialize_by_alias=True)
    type: str = "lora"
    model: str = ""
    retriever: str = ""
    prompt: str = ""
    start: str = Field(default="", alias="from")
    """Other weights that training goes on from; what they were shown is shown again, where this
    entry says nothing else."""
    sees: Sees = ()
    shards: str = ""
    """For `shards`: the folder of a `harness data build`, whose rows are trained on."""
    distractors: int = Field(default=3, ge=0)
    golden_share: float = Field(default=1.0, ge=0, le=1)
    without_golden: Literal["refuse", "answer"] = "refuse"
    unanswerable_share: float = Field(default=0.0, ge=0, lt=1)
    pairs_per_context: int = Field(default=1, ge=1)
    citations: bool = False
    """Whether answers are learned with the numbers of the golden passages among those shown."""
    tokens: int | None = Field(default=None, ge=1)
    rows: int | None = Field(default=None, ge=1)
    """How many question-answer pairs are trained on; None: all."""
    corrupted_share: float = Field(default=0.0, ge=0, le=1)
    """Share of these pairs that get the answer of another one."""

    @model_validator(mode="after")
    def _shown_something(self) -> "Weights":
        if not self.sees and not self.start:
            raise ValueError(
                "say what they are trained on: sees: question, passages, documents or shards"
            )
        return self


class Decoding(Section):
    """How completions are made; temperature 0 is greedy."""

    max_tokens: int = Field(default=48, ge=1)
    temperature: float = Field(default=0.0, ge=0)
    top_p: float = Field(default=1.0, gt=0, le=1)


class Context(Section):
    """What an arm gets to read."""

    type: Literal["none", "retrieved", "gold", "wrong", "whole"] = "none"
    k: int = Field(default=4, ge=1)
    threshold: float | None = None
    """Least score of a passage that is read; what falls below it is left out."""
    retriever: str = ""

    @model_validator(mode="after")
    def _only_what_is_retrieved_has_a_score(self) -> "Context":
        if self.threshold is not None and self.type != "retrieved":
            raise ValueError("'threshold' belongs to 'type: retrieved'")
        return self


class Arm(Section):
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


class Training(Section):
    """The budget every set of weights gets, in tokens, and the seeds."""

    tokens_per_weights: int = Field(default=600_000, ge=1)
    seeds: Seeds = (0,)


class Metrics(Section):
    """What is scored; everything but the primary metric is exploratory."""

    primary: str = "contains"
    also: Names = ()
    majority_by: str = ""
    """Meta field within which the majority-value floor is taken."""


class Judge(Plugin):
    """Who says whether passages support an answer; further keys are options of the judge."""

    type: str = "offline"
    labels: str = ""
    """A file of the user's own labelled pairs, to measure the judge on before it is believed."""
    min_kappa: float = Field(default=0.4, ge=-1, le=1)
    """A judge that agrees less with `labels` than this is marked as demoted in every table."""
    max_usd: float | None = Field(default=None, gt=0)
    """Judging that is estimated to cost more stops before the first question is asked."""


class Latency(Section):
    """The latency stage: batch size 1, after a warm-up, on a sample of the test questions."""

    questions: int = Field(default=30, ge=0)
    warmup: int = Field(default=2, ge=0)
    order: Literal["interleaved", "blocks"] = "interleaved"
    """Each question to every arm before the next; or, where memory holds one model only, ten
    questions to the arms of one model, then to those of the next, taking turns."""


class Data(Section):
    """How the files of a question set map to ours."""

    columns: dict[str, str] = Field(default={})
    splits: dict[str, str] = Field(default={})
    split_seed: int = 0


def _names_a_file(arm: str) -> str:
    if not re.fullmatch(r"[\w-][\w.-]*", arm):
        raise ValueError(
            "the name of an arm is made of letters, digits, '_', '-' and '.', no '.' first: "
            "its answers go into a file of that name"
        )
    return arm


class Benchmark(Section):
    """A whole benchmark: one question set, the arms to put through it, what to measure."""

    name: str
    dataset: str
    data: Data = Data()
    slices: Names = ()
    also_ask: AlsoAsked = ()
    """Splits that are answered and scored beside the test, and stand in no table of results."""
    models: dict[str, Model]
    retrievers: dict[str, Retriever] = Field(default={})
    weights: dict[str, Weights] = Field(default={})
    prompts: dict[str, Prompting] = Field(default={"plain": Prompting()})
    decoding: dict[str, Decoding] = Field(default={"greedy": Decoding()})
    arms: dict[Annotated[str, AfterValidator(_names_a_file)], Arm] = Field(min_length=1)
    training: Training = Training()
    metrics: Metrics = Metrics()
    contrasts: Contrasts = ()
    judge: Judge = Judge()
    latency: Latency = Latency()
    prices: str = "cpu-2026"
    tune: Tune | None = None
    series: dict[SeriesName, Series] = Field(default={})

    @classmethod
    def _keys(cls) -> set[str]:
        return {*cls.model_fields, *SINGULAR, "extends"} - {"name"}
