"""The local generator: any causal or sequence-to-sequence model of transformers."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from transformers import PreTrainedModel

from harness.errors import ModelError
from harness.generation.adapters import ADAPTER, open_adapter
from harness.generation.decoding import decode, end_ids
from harness.generation.load import (
    DType,
    choose_device,
    load_model,
    model_digest,
)
from harness.generation.padding import hide_padding_from_convolutions
from harness.generation.partial import is_partial, open_partial
from harness.generation.place import locate
from harness.generation.rendering import Rendering
from harness.types import Completion, Failure, Message, Request

CPU_TOKENS = 12_000
"""Most prompt tokens of one batch on a CPU, so that its cache of keys and values stays small."""


class LocalModel:
    """Completes prompts with a model on this machine, in batches.

    The same request gives the same text whatever stands beside it: padding is masked, and the
    noise of a sampled request comes from its own seed. Special tokens, the end of sequence
    included, are counted in `tokens_in` and `tokens_out` and left out of the text.
    """

    def __init__(
        self,
        path: str,
        *,
        weights: Path | None = None,
        merge: bool = True,
        device: str = "auto",
        dtype: DType = "auto",
        batch_size: int = 32,
        template_options: Mapping[str, str | bool] | None = None,
    ) -> None:
        """Load a model.

        Args:
            path: A folder, a hub id or `pocket`.
            weights: What training made: an adapter folder or a whole model folder; None for
                the model as it is. Prompts are always rendered as `path` says.
            merge: Whether an adapter is added to the weights it adapts, which is faster.
            device: `auto`, `cpu`, `cuda` or any name torch knows.
            dtype: `auto` is float32 on a CPU and the checkpoint's own type elsewhere.
            batch_size: Most rows in one pass through the model.
            template_options: Options of the chat template, such as `enable_thinking: false`.

        Raises:
            ModelError: There is no such model, or it cannot be loaded.
        """
        if batch_size < 1:
            raise ModelError(f"batch_size {batch_size}: must be 1 or more")
        self._place = locate(path)
        self._rendering = Rendering.of(path, template_options)
        self._device = choose_device(device)
        self._batch_size = batch_size
        self._model, self._prefix = self._load(weights, merge, dtype)
        self._adapter = "" if weights is None else model_digest(weights)
        self._ends = end_ids(self._model) | {int(self._rendering.tokenizer.eos_token_id)}
        hide_padding_from_convolutions(self._model)

    def _load(
        self, weights: Path | None, merge: bool, dtype: DType
    ) -> tuple[PreTrainedModel, list[int]]:
        """Return the model, and ids that stand before every prompt: those of a soft prompt."""
        folder = None if weights is None else Path(locate(Path(weights)))
        small = folder is not None and ((folder / ADAPTER).is_file() or is_partial(folder))
        if folder is not None and not small:
            return load_model(folder, self._device, dtype), []
        base = load_model(self._place, self._device, dtype)
        if folder is None:
            return base, []
        if is_partial(folder):
            return open_partial(base, folder), []
        return open_adapter(base, folder, merge=merge)

    @property
    def window(self) -> int | None:
        """Most tokens of a prompt and its completion together; None where there is no end.

        A soft prompt takes its part of it.
        """
        window = self._rendering.window
        return None if window is None else window - len(self._prefix)

    @property
    def batch_size(self) -> int:
        """Most rows in one pass through the model."""
        return self._batch_size

    @property
    def rendering(self) -> Rendering:
        """How prompts become ids."""
        return self._rendering

    @property
    def device(self) -> str:
        """Where the model is: `cpu`, `cuda:0`."""
        return str(self._model.device)

    @property
    def dtype(self) -> str:
        """The number type of the weights: `float32`."""
        return str(self._model.dtype).removeprefix("torch.")

    @property
    def parameters(self) -> int:
        """How many numbers the model has, an adapter that is not merged included."""
        return sum(p.numel() for p in self._model.parameters())

    @property
    def signature(self) -> str:
        """Files, number type and kind of device: what a text depends on besides its request."""
        files = " + ".join(filter(None, [model_digest(self._place), self._adapter]))
        return f"transformers {files} {self.dtype} {self._model.device.type}"

    def render(self, messages: Sequence[Message]) -> str:
        """Return the prompt text exactly as the model reads it."""
        return self._rendering.render(messages)

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Return the length of the prompt as the model reads it."""
        return len(self._rendering.encode(self.render(messages)))

    def complete_many(
        self, requests: Sequence[Request]
    ) -> Iterator[tuple[int, Completion | Failure]]:
        """Yield (index of the request, outcome), prompts of like length together.

        A prompt that leaves no room for `max_tokens` is a failure of kind `too long`.

        Raises:
            ModelError: The batch does not fit the device's memory.
        """
        prompts = [self._rendering.encode(self.render(r.messages)) for r in requests]
        fitting: list[int] = []
        for i, (prompt, request) in enumerate(zip(prompts, requests, strict=True)):
            problem = self._unfit(prompt, request)
            if problem is None:
                fitting.append(i)
            else:
                yield i, problem
        fitting.sort(key=lambda i: len(prompts[i]))
        for batch in self._batches(fitting, prompts):
            written = self._write([prompts[i] for i in batch], [requests[i] for i in batch])
            for i, ids in zip(batch, written, strict=True):
                yield i, self._completion(prompts[i], ids)

    def stream(self, request: Request) -> Iterator[str]:
        """Yield pieces of the completion as they are made; joined they are its text.

        White space and half characters wait for what follows them.

        Raises:
            ModelError: The prompt is too long, or memory runs out.
        """
        prompt = self._rendering.encode(self.render(request.messages))
        problem = self._unfit(prompt, request)
        if problem is not None:
            raise ModelError(problem.message)
        ids: list[int] = []
        said = ""
        with self._memory():
            for (token,) in self._decode([prompt], [request]):
                ids += [] if token is None else [token]
                text = self._rendering.decode(ids)
                if text.startswith(said) and len(text) > len(said) and text[-1] != "\ufffd":
                    yield text[len(said) :]
                    said = text
        rest = self._rendering.decode(ids)[len(said) :]
        if rest:
            yield rest

    def _decode(
        self, prompts: list[list[int]], requests: list[Request]
    ) -> Iterator[list[int | None]]:
        pad = int(self._rendering.tokenizer.pad_token_id)
        prefixed = [self._prefix + prompt for prompt in prompts]
        return decode(self._model, prefixed, requests, pad=pad, ends=self._ends)

    def _write(self, prompts: list[list[int]], requests: list[Request]) -> list[list[int]]:
        written: list[list[int]] = [[] for _ in prompts]
        with self._memory():
            for step in self._decode(prompts, requests):
                for ids, token in zip(written, step, strict=True):
                    if token is not None:
                        ids.append(token)
        return written

    def _completion(self, prompt: list[int], ids: list[int]) -> Completion:
        truncated = not ids or ids[-1] not in self._ends
        read = len(self._prefix) + len(prompt)
        return Completion(self._rendering.decode(ids), read, len(ids), truncated)

    def _batches(self, ordered: list[int], prompts: list[list[int]]) -> Iterator[list[int]]:
        """Yield batches of rows, prompts of like length together, within both limits."""
        most_tokens = CPU_TOKENS if self._model.device.type == "cpu" else None
        batch: list[int] = []
        for i in ordered:
            padded = (len(batch) + 1) * len(prompts[i])  # shortest first, so this one is longest
            full = len(batch) == self._batch_size
            if batch and (full or (most_tokens is not None and padded > most_tokens)):
                yield batch
                batch = []
            batch.append(i)
        if batch:
            yield batch

    def _unfit(self, prompt: list[int], request: Request) -> Failure | None:
        if not prompt:
            return Failure("empty prompt", "the prompt has no tokens; check the template")
        window = self.window
        if window is None or len(prompt) + request.max_tokens <= window:
            return None
        return Failure(
            "too long",
            f"a prompt of {len(prompt)} tokens and {request.max_tokens} of answer exceed the "
            f"window of {window} tokens; lower k or max_tokens",
        )

    @contextmanager
    def _memory(self) -> Iterator[None]:
        try:
            yield
        except torch.OutOfMemoryError as error:
            raise ModelError(
                f"{self._place}: out of memory on {self.device}; lower the model's batch_size "
                f"(now {self._batch_size}), k or max_tokens"
            ) from error
