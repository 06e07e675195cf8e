"""What was measured of an arm, before it has a price."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Artefact:
    """A thing built once and then served: an index, a set of weights.

    Everywhere None means "not measured" and 0 means "none was used".
    """

    name: str
    seconds: float | None
    """Time of our own machine to build it, tuning and discarded trials included."""
    service: str | None = None
    """Price item of the service that embedded it, `text-embedding-3-small` say; None: local."""
    tokens: int | None = 0
    """Tokens sent to that service while building."""
    stored_bytes: int | None = 0
    """What a hosted store keeps of it; 0 where our own disk does, which the machine includes."""


@dataclass(frozen=True, slots=True)
class Quantities:
    """What one arm used: once, and per question on average over the questions asked.

    Everywhere None means "not measured" and 0 means "none was used". The two times are those of
    our own machine: for a model behind an API they leave out waiting for its answer.
    """

    arm: str
    artefacts: tuple[Artefact, ...]
    """All that the arm needs; a thing that several arms share stands in each of their lists."""
    seconds: float | None
    """Per question in batches, as fast as the machine allows."""
    seconds_batch_1: float | None
    """Per question, one at a time."""
    model: str | None = None
    """Price items `MODEL in` and `MODEL out`; None where the model runs on our own machine."""
    tokens_in: float | None = 0
    """Per question; charged only where `model` is given."""
    tokens_out: float | None = 0
    """Per question; charged only where `model` is given."""
    service: str | None = None
    """Price item of the service that embeds the questions; None: local."""
    embedded_tokens: float | None = 0
    """Per question; charged only where `service` is given."""
