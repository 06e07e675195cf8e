"""What judging would take: ragas' own code is run, and a stand-in counts what it asks for.

This module imports ragas: import it late.
"""

from typing import Any, get_args, get_origin

from pydantic import BaseModel

from harness.judges.memory import Memory
from harness.judges.ragas_llm import Base, conversation, key_of
from harness.judges.structured import Unreadable, parsed, prompt_input
from harness.text.sentences import sentences
from harness.types import Message, Usage

CHARACTERS_PER_TOKEN = 4
"""About what English text has; the true count depends on the model and is on its bill."""

_WORDS = "about as many words as a sentence of an answer has"
"""Stands for a reply of which nothing is known."""


class Counting(Base):  # type: ignore[misc]  # ragas has no types
    """Counts prompts that are not in memory, and replies as long as they are expected to be.

    An answer is taken to hold one statement a sentence; retries and mending are not foreseen.
    """

    def __init__(self, signature: str, memory: Memory) -> None:
        self._signature, self._memory = signature, memory
        self._counted: set[str] = set()
        self._calls = self._read = self._written = 0

    @property
    def usage(self) -> Usage:
        """What has been counted so far."""
        read, written = (-(-n // CHARACTERS_PER_TOKEN) for n in (self._read, self._written))
        return Usage(self._calls, read, written)

    async def agenerate(self, prompt: str, response_model: type[BaseModel]) -> BaseModel:
        """Return what is known, else a record of the expected size."""
        return self.generate(prompt, response_model)

    def generate(self, prompt: str, response_model: type[BaseModel]) -> BaseModel:
        """Return what is known, else a record of the expected size."""
        messages = conversation(prompt, response_model)
        key = key_of(self._signature, messages)
        if (reply := self._memory.get(key)) is not None:
            try:
                return parsed(reply.text, response_model)
            except Unreadable:
                return _expected(prompt, response_model)
        record = _expected(prompt, response_model)
        if key not in self._counted:
            self._count(key, messages, record)
        return record

    def _count(self, key: str, messages: tuple[Message, ...], record: BaseModel) -> None:
        self._counted.add(key)
        self._calls += 1
        self._read += sum(len(message.text) for message in messages)
        self._written += len(record.model_dump_json())


class Flat:
    """An embedder that costs nothing, for counting."""

    signature = "flat"
    dimension = 1

    def embed(self, texts: Any) -> Any:
        """Return the same vector for every text."""
        import numpy as np

        return np.ones((len(texts), 1), np.float32)

    def count_tokens(self, texts: Any) -> list[int]:
        """Return none."""
        return [0] * len(texts)


def _expected(prompt: str, kind: type[BaseModel]) -> BaseModel:
    """Return a record about the statements in a prompt, or about the sentences of its answer."""
    data = prompt_input(prompt)
    told = next((data[name] for name in ("answer", "response", "text") if name in data), "")
    return _filled(kind, data.get("statements") or sentences(str(told)) or [_WORDS])


def _filled(kind: type[BaseModel], said: list[str]) -> BaseModel:
    """Return a record whose lists hold the statements, or something about each."""
    fields = kind.model_fields.items()
    return kind(**{name: _value(field.annotation, said) for name, field in fields})


def _value(annotation: Any, said: list[str]) -> Any:
    if get_origin(annotation) is list:
        [member] = get_args(annotation)
        return said if member is str else [_filled(member, [one]) for one in said]
    return 1 if annotation is int else said[0]
