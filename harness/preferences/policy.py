"""Trained weights, open to be sampled from and trained further."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from peft import PeftModel

from harness.errors import ModelError
from harness.generation.decoding import decode, end_ids
from harness.generation.load import choose_device
from harness.generation.padding import hide_padding_from_convolutions
from harness.generation.place import locate
from harness.generation.rendering import Rendering
from harness.training.continuing import Continued
from harness.training.recipe import Method
from harness.types import Request

TOKENS_AT_ONCE = 12_000
"""Most prompt tokens of one batch that is sampled from, so that its cache stays small."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A base model with an adapter that can be trained, and how it is written to."""

    model: PeftModel
    method: Continued
    base: str
    rendering: Rendering
    device: torch.device

    @property
    def width(self) -> int:
        """Numbers in a hidden state."""
        return int(self.model.config.get_text_config().hidden_size)

    @property
    def pad(self) -> int:
        """A valid id to fill rows with; it is masked."""
        return int(self.rendering.tokenizer.pad_token_id)

    @property
    def end(self) -> int:
        """The id that ends an answer."""
        return int(self.rendering.tokenizer.eos_token_id)

    def prompt_ids(self, prompt: str) -> list[int]:
        """Return a rendered prompt as the model reads it."""
        return self.rendering.encode(prompt)

    def answer_ids(self, prompt: str, text: str) -> list[int]:
        """Return an answer as the model writes it after the prompt, its end included."""
        return [*self.rendering.encode_more(self.rendering.answer(prompt, text)), self.end]

    def sample(self, prompts: Sequence[list[int]], requests: Sequence[Request]) -> list[list[int]]:
        """Return what the model writes after each prompt, its end included where it came to one.

        The noise of a row is that of its request, whatever stands beside it.
        """
        ends = end_ids(self.model) | {self.end}
        written: list[list[int]] = [[] for _ in prompts]
        self.model.eval()
        for batch in _batches(prompts):
            rows = [prompts[i] for i in batch], [requests[i] for i in batch]
            for step in decode(self.model, *rows, pad=self.pad, ends=ends):
                for i, token in zip(batch, step, strict=True):
                    if token is not None:
                        written[i].append(token)
        return written


def open_policy(
    base: str, method: Method, folder: Path, rendering: Rendering, device: str = "auto"
) -> Policy:
    """Return the weights in a folder as the method that made them would train them on.

    Raises:
        ModelError: They are no adapter of a causal model, or one of vectors before the prompt.
    """
    where = choose_device(device)
    continued = Continued(method, folder)
    remedy = "preference training goes on from lora, rslora, dora, qlora or ia3 of a causal model"
    if rendering.seq2seq:
        raise ModelError(f"{base}: has an encoder and a decoder; {remedy}")
    model = continued.prepare(continued.load(locate(base), where).requires_grad_(False))
    if not isinstance(model, PeftModel) or model.active_peft_config.is_prompt_learning:
        raise ModelError(f"{folder}: made by {method.name}; {remedy}")
    hide_padding_from_convolutions(model)
    return Policy(model, continued, base, rendering, where)


def _batches(prompts: Sequence[list[int]]) -> list[list[int]]:
    """Return the places of prompts of like length together, within the limit of tokens."""
    batches: list[list[int]] = []
    for i in sorted(range(len(prompts)), key=lambda i: len(prompts[i])):
        if not batches or (len(batches[-1]) + 1) * len(prompts[i]) > TOKENS_AT_ONCE:
            batches.append([])
        batches[-1].append(i)
    return batches
