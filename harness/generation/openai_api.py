"""The hosted generator: any server that speaks the chat completions protocol of OpenAI."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Annotated, Any
from weakref import finalize

from pydantic import Field

from harness.errors import MissingExtra, ModelError
from harness.generation.background_loop import BackgroundLoop
from harness.generation.breaker import Breaker
from harness.generation.endpoint import OPENAI, OPENAI_KEY, find_key, is_local
from harness.generation.retrying import Refused, Retrying
from harness.types import Completion, Failure, Message, Request

Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0)]

_AHEAD = 4
"""Requests handed over at a time, for each that is under way: a slow one then holds up few."""
_BYTES_PER_TOKEN = 3
_TOKENS_PER_MESSAGE = 8


class OpenAICompatible:
    """Completes prompts on a server, several at a time, with one policy of retries for all.

    Not every server heeds a seed: the same request may give another text there, and even greedy
    decoding may, so a text is kept and not asked for again.
    """

    def __init__(
        self,
        path: str,
        *,
        base_url: str = OPENAI,
        api_key_env: str = OPENAI_KEY,
        concurrency: Count = 8,
        timeout: Seconds = 60.0,
        retries: Annotated[int, Field(ge=0)] = 6,
        window: Count | None = None,
        reasoning: bool = False,
    ) -> None:
        """Prepare the client; nothing is asked yet.

        Args:
            path: What the server calls the model.
            base_url: Where the server is, up to and with `/v1`.
            api_key_env: The environment variable that holds the key; a local server needs none.
            concurrency: Most requests under way at a time.
            timeout: Seconds that one attempt may take, from the first byte to the last.
            retries: Further attempts after 429, 5xx, timeouts and replies that cannot be read.
            window: Most tokens of a prompt and its completion; None where it is unknown.
            reasoning: For models that think before they answer and know neither `max_tokens`
                nor a temperature: they get `max_completion_tokens` and no temperature.

        Raises:
            ConfigError: The address is none, or its key is not set.
            MissingExtra: The package `openai` is not installed.
        """
        self.concurrency = concurrency
        self._path, self._base_url, self._key_variable = path, base_url, api_key_env
        self._timeout, self._window, self._reasoning = timeout, window, reasoning
        key = find_key(f"model {path!r}", base_url, api_key_env)
        self._client = _client(base_url, key, timeout)
        self._loop = BackgroundLoop()
        self._slots = asyncio.Semaphore(concurrency)
        self._retrying = Retrying(retries, Breaker())
        finalize(self, self._loop.stop, self._client.close)

    @property
    def window(self) -> int | None:
        """Most tokens of a prompt and its completion together, where it was told."""
        return self._window

    @property
    def batch_size(self) -> int:
        """Some times the concurrency, so that one slow reply does not leave the others idle."""
        return _AHEAD * self.concurrency

    @property
    def signature(self) -> str:
        """The model by name and place; what is behind the name, only the server knows."""
        return f"openai {self._base_url} {self._path}{' reasoning' if self._reasoning else ''}"

    def count_tokens(self, messages: Sequence[Message]) -> int | None:
        """Return a cautious count, one token for three bytes; None where there is no window.

        The server's own tokenizer is unknown. English takes about four bytes a token, so what
        fits by this count fits.
        """
        if self._window is None:
            return None
        sizes = (len(m.text.encode("utf-8", "replace")) for m in messages)
        return sum(-(-size // _BYTES_PER_TOKEN) + _TOKENS_PER_MESSAGE for size in sizes)

    def complete_many(
        self, requests: Sequence[Request]
    ) -> Iterator[tuple[int, Completion | Failure]]:
        """Yield (index of the request, outcome) as they come in; none is lost to another's fault.

        Whoever stops reading stops what is still under way.
        """
        done: SimpleQueue[tuple[int, Future[Completion | Failure]]] = SimpleQueue()
        futures = [self.submit(request) for request in requests]
        try:
            for i, future in enumerate(futures):
                future.add_done_callback(lambda ended, i=i: done.put((i, ended)))  # type: ignore[misc]
            for _ in futures:
                i, ended = done.get()
                yield i, ended.result()
        finally:
            for future in futures:
                future.cancel()

    def submit(self, request: Request) -> Future[Completion | Failure]:
        """Ask, and return the outcome to come; any thread may ask at any time."""
        return self._loop.submit(self._ask(request, self._attempt))

    def stream(self, request: Request) -> Iterator[str]:
        """Yield pieces of the completion as they come in.

        Raises:
            ModelError: The server could not be asked, after all retries, or broke off.
        """
        pieces: SimpleQueue[str | None] = SimpleQueue()

        async def attempt(body: dict[str, Any]) -> Completion | Refused:
            return await self._attempt_stream(body, pieces.put)

        future = self._loop.submit(self._ask(request, attempt))
        future.add_done_callback(lambda _: pieces.put(None))
        try:
            while (piece := pieces.get()) is not None:
                yield piece
            outcome = future.result()
        finally:
            future.cancel()
        if isinstance(outcome, Failure):
            raise ModelError(f"model {self._path!r}: {outcome.kind}: {outcome.message}")

    async def _ask(
        self,
        request: Request,
        attempt: Callable[[dict[str, Any]], Coroutine[Any, Any, Completion | Refused]],
    ) -> Completion | Failure:
        body = self._body(request)
        async with self._slots:
            return await self._retrying.run(lambda: attempt(body))

    async def _attempt(self, body: dict[str, Any]) -> Completion | Refused:
        from harness.generation.replies import ERRORS, completion

        try:
            asked = self._client.chat.completions.create(**body)
            return completion(await asyncio.wait_for(asked, self._timeout))
        except ERRORS as error:
            return self._refused(error)

    async def _attempt_stream(
        self, body: dict[str, Any], tell: Callable[[str], None]
    ) -> Completion | Refused:
        """Tell the pieces of one attempt; one that has told something is not made again."""
        from harness.generation.replies import ERRORS, readable

        told: list[str] = []
        try:
            async with asyncio.timeout(self._timeout):
                async with await self._client.chat.completions.create(**body, stream=True) as parts:
                    async for part in parts:
                        if part.choices and (piece := part.choices[0].delta.content):
                            told.append(readable(piece))
                            tell(told[-1])
        except ERRORS as error:
            refused = self._refused(error)
            if told:
                failure = refused.failure
                return Refused(Failure(failure.kind, f"broken off: {failure.message}"))
            return refused
        return Completion("".join(told), None, None)

    def _refused(self, error: Exception) -> Refused:
        from harness.generation.replies import refusal_of

        return refusal_of(error, self._path, self._base_url, self._key_variable)

    def _body(self, request: Request) -> dict[str, Any]:
        """Return the request as the protocol has it; only what decides something is sent."""
        messages = [{"role": m.role, "content": m.text} for m in request.messages]
        body: dict[str, Any] = {"model": self._path, "messages": messages}
        if self._reasoning:
            return {**body, "max_completion_tokens": request.max_tokens}
        body |= {"max_tokens": request.max_tokens, "temperature": request.temperature}
        if request.temperature > 0:
            body |= {"top_p": request.top_p, "seed": request.seed}
        return body


def _client(base_url: str, key: str, timeout: float) -> Any:
    """Return the official client, its own retries off: there is one policy, and it is ours.

    A local server is never asked through a proxy of the environment.
    """
    try:
        import openai
    except ModuleNotFoundError as error:
        raise MissingExtra(
            "model 'openai' needs the package 'openai': pip install openai"
        ) from error
    http = openai.DefaultAsyncHttpxClient(trust_env=not is_local(base_url))
    return openai.AsyncOpenAI(
        api_key=key, base_url=base_url, timeout=timeout, max_retries=0, http_client=http
    )
