"""Any generator of ours as the language model of ragas: structured replies, kept and counted.

This module imports ragas: import it late.
"""

import asyncio
import json
from typing import Any, TypeVar

from pydantic import BaseModel

from harness.errors import HarnessError
from harness.files import digest
from harness.judges.asking import Submit
from harness.judges.memory import Memory, Reply
from harness.judges.ragas_library import ragas_module
from harness.judges.structured import Unreadable, parsed
from harness.judges.trouble import Trouble
from harness.protocols import Generator
from harness.types import Failure, JudgementStatus, Message, Request

Record = TypeVar("Record", bound=BaseModel)
Base: Any = ragas_module("llms.base").InstructorBaseRagasLLM


class RagasLLM(Base):  # type: ignore[misc]  # ragas has no types
    """Asks for JSON, reads it leniently, lets the model mend it once, and never asks twice.

    Args:
        model: What answers.
        submit: How it is asked one thing while others are asked.
        signature: What the model is: part of the key under which a reply is kept.
        memory: What it has said before.
        max_tokens: Most tokens of a reply; fewer where the model's window leaves less.
    """

    def __init__(
        self, model: Generator, submit: Submit, signature: str, memory: Memory, max_tokens: int
    ) -> None:
        self._model, self._submit, self._signature = model, submit, signature
        self._memory, self._max_tokens = memory, max_tokens
        self._under_way: dict[str, asyncio.Task[Reply]] = {}

    def generate(self, prompt: str, response_model: type[Record]) -> Record:
        """Return the record that the prompt asks for, where no loop is running."""
        return asyncio.run(self.agenerate(prompt, response_model))

    async def agenerate(self, prompt: str, response_model: type[Record]) -> Record:
        """Return the record that the prompt asks for.

        Raises:
            Trouble: There was no reply, it was cut off, or it was broken twice.
        """
        messages = conversation(prompt, response_model)
        reply = await self._reply(messages)
        try:
            return parsed(reply.text, response_model)
        except Unreadable as problem:
            again = (*messages, Message("assistant", reply.text), _correction(problem))
        if not reply.truncated:
            reply = await self._reply(again)
            try:
                return parsed(reply.text, response_model)
            except Unreadable as problem:
                if not reply.truncated:
                    raise Trouble("judge error", f"broken reply, twice: {problem}") from problem
        raise Trouble("truncated", f"a reply was cut at {self._max_tokens} tokens")

    async def _reply(self, messages: tuple[Message, ...]) -> Reply:
        """Return what the model says; what is asked already is waited for."""
        key = key_of(self._signature, messages)
        if (known := self._memory.get(key)) is not None:
            return known
        if key not in self._under_way:
            self._under_way[key] = asyncio.create_task(self._ask(key, messages))
        try:
            return await self._under_way[key]
        finally:
            self._under_way.pop(key, None)

    async def _ask(self, key: str, messages: tuple[Message, ...]) -> Reply:
        request = Request(messages, self._room(messages))
        try:
            outcome = await asyncio.wrap_future(self._submit(request))
        except HarnessError as error:
            raise Trouble("judge error", str(error)) from error
        if isinstance(outcome, Failure):
            status: JudgementStatus = "timeout" if outcome.kind == "timeout" else "judge error"
            raise Trouble(status, f"{outcome.kind}: {outcome.message}")
        reply = Reply(key, outcome.text, outcome.truncated, outcome.tokens_in, outcome.tokens_out)
        self._memory.put(reply)
        return reply

    def _room(self, messages: tuple[Message, ...]) -> int:
        """Return how many tokens a reply may have."""
        window, length = self._model.window, self._model.count_tokens(messages)
        if window is None or length is None:
            return self._max_tokens
        if length >= window:
            said = f"a prompt of {length} tokens does not fit the judge's window of {window}"
            raise Trouble("judge error", said)
        return min(self._max_tokens, window - length)


def conversation(prompt: str, response_model: type[BaseModel]) -> tuple[Message, ...]:
    """Return the messages that ask for a record: its schema stands in them once."""
    rule = "Reply with one JSON object and nothing else: no prose, no code fence."
    schema = json.dumps(response_model.model_json_schema())
    shown = '"properties"' in prompt  # most prompts of ragas show it themselves
    return (
        Message("system", rule if shown else f"{rule} It fits this JSON Schema: {schema}"),
        Message("user", prompt),
    )


def key_of(signature: str, messages: tuple[Message, ...]) -> str:
    """Return the key of a reply: the model and all that it was sent."""
    return digest([signature, messages])


def _correction(problem: Unreadable) -> Message:
    said = f"That cannot be read: {problem}. Send the whole reply again as one valid JSON object."
    return Message("user", said)
