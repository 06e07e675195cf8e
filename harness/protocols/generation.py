"""Prompts to completions."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from harness.types import Completion, Failure, Message, Request


class Generator(Protocol):
    """Completes chat prompts."""

    @property
    def window(self) -> int | None:
        """Most tokens of a prompt and its completion together; None where it is unknown."""
        ...

    @property
    def batch_size(self) -> int:
        """How many requests the caller should hand over at a time."""
        ...

    def count_tokens(self, messages: Sequence[Message]) -> int | None:
        """Return the length of the prompt as the model reads it; None where it cannot be known."""
        ...

    def complete_many(
        self, requests: Sequence[Request]
    ) -> Iterator[tuple[int, Completion | Failure]]:
        """Yield (index of the request, outcome) as they are done, each index once.

        The same request gives the same text, whatever stands beside it in the batch.
        """
        ...

    def stream(self, request: Request) -> Iterator[str]:
        """Yield pieces of the completion as they are made; joined they are its text."""
        ...
