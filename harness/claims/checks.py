"""What can be measured in a finished run, and the condition that a measurement has to meet.

A check without a condition is shown beside the others and decides nothing. Splits are those of
the case it stands in, unless it names its own.
"""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator

from harness.config.strict import Strict


class Condition(Strict):
    """Where the 95 % interval has to lie.

    `above: x` is met where the lower limit is above x and failed where the upper limit is below
    it; `below: x` the other way round; `within: [x, y]` is met where the whole interval lies
    between and failed where all of it lies outside. Whatever else is undecided: an interval that
    ends at x does not exclude it. A number without width is no estimate: at x it fails both.
    """

    model_config = ConfigDict(allow_inf_nan=True)
    above: float | None = None
    below: float | None = None
    within: tuple[float, float] | None = None
    split: str = ""
    measured_once: float | None = Field(default=None, gt=1)
    """A quantity that a run measures once has no interval; it is then taken to be right within
    this factor."""

    @model_validator(mode="after")
    def _one_condition(self) -> "Condition":
        if sum(c is not None for c in (self.above, self.below, self.within)) > 1:
            raise ValueError("give one of 'above', 'below' and 'within'")
        return self

    @property
    def decides(self) -> bool:
        """Whether there is a condition."""
        return any(c is not None for c in (self.above, self.below, self.within))


class Value(Condition):
    """A metric of one arm."""

    measure: Literal["value"]
    metric: str
    of: str


class Difference(Condition):
    """A metric of one arm minus that of another, paired by question."""

    measure: Literal["difference"]
    metric: str
    of: str
    minus: str


class Relative(Condition):
    """A metric of one arm over that of another, minus 1: 0.16 is 16 % more."""

    measure: Literal["relative"]
    metric: str
    of: str
    over: str


class Given(Condition):
    """A metric of one arm on the questions for which retrieval found gold (or found none)."""

    measure: Literal["given"]
    metric: str
    of: str
    hit: str
    """A metric of retrieval that is 1 where gold was found and 0 where not."""
    found: Literal["yes", "no", "yes minus no"] = "yes"


class Mismatch(Condition):
    """The share of answers that are right without gold found, or wrong with it."""

    measure: Literal["mismatch"]
    metric: str
    of: str
    hit: str


class Invented(Condition):
    """The share of answerable questions answered with what is neither right nor a refusal."""

    measure: Literal["invented"]
    of: str
    minus: str = ""


class Carried(Condition):
    """The share of answers that come with the ids of the passages that were read."""

    measure: Literal["carried"]
    of: str


class Reported(Condition):
    """The share of these metrics that the run gives with an interval."""

    measure: Literal["reported"]
    metrics: tuple[str, ...] = Field(min_length=1)
    of: str


class Latency(Condition):
    """Time of one answer at batch size 1, or what one arm takes beyond another, paired."""

    measure: Literal["latency"]
    of: str
    minus: str = ""
    spans: tuple[str, ...] = ()
    """The steps that count; none named: all of them."""
    statistic: Literal["p50", "p95 / p50"] = "p50"


class Cost(Condition):
    """What one arm costs over what another costs."""

    measure: Literal["cost"]
    of: str
    over: str
    basis: Literal["one-off", "per question", "per question, batch 1"]


class BreakEven(Condition):
    """From how many questions on one arm is cheaper than another in total; infinite for never."""

    measure: Literal["break-even"]
    of: str
    against: str


class Training(Condition):
    """A figure of an arm's training, or that over another arm's."""

    measure: Literal["training"]
    field: Literal["trainable share", "peak memory", "seconds per token", "artefact size", "gain"]
    """`gain`: what training took off the dev loss, nats a token."""
    of: str
    over: str = ""


class Parameters(Condition):
    """How many parameters LoRA adds to a linear layer, as peft counts them."""

    measure: Literal["lora parameters"]
    inputs: int = Field(ge=1)
    outputs: int = Field(ge=1)
    r: int = Field(ge=1)


class Fact(Condition):
    """A yes or no that the run has recorded about itself: 1 or 0, all models of it together."""

    measure: Literal["fact"]
    fact: str


Check = Annotated[
    Value
    | Difference
    | Relative
    | Given
    | Mismatch
    | Invented
    | Carried
    | Reported
    | Latency
    | Cost
    | BreakEven
    | Training
    | Parameters
    | Fact,
    Field(discriminator="measure"),
]


def roles_of(check: Check) -> tuple[str, ...]:
    """Return the kinds of arms that a check compares, in its order."""
    named = (getattr(check, key, "") for key in ("of", "minus", "over", "against"))
    return tuple(name for name in named if name)
