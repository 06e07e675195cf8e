"""Messages to the ids that a model reads: one place, so that training and asking agree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jinja2.exceptions import TemplateError
from transformers import PreTrainedTokenizerBase

from harness.errors import ModelError
from harness.files import digest
from harness.generation.load import load_config, load_tokenizer
from harness.generation.place import locate
from harness.types import Message


@dataclass(frozen=True, slots=True)
class Rendering:
    """How one model is written to: its tokenizer, and its chat template where it has one."""

    tokenizer: PreTrainedTokenizerBase
    seq2seq: bool
    window: int | None
    """Most tokens of a prompt and its completion together; None where the model sets no end."""
    template_options: Mapping[str, str | bool] = field(default_factory=dict)

    @staticmethod
    def of(path: str, template_options: Mapping[str, str | bool] | None = None) -> "Rendering":
        """Return how the model of this folder, hub id or name is written to; loads no weights."""
        place = locate(path)
        config, tokenizer = load_config(place), load_tokenizer(place)
        text = config.get_text_config()
        window = getattr(text, "max_position_embeddings", None) or getattr(text, "n_ctx", None)
        if window is None and tokenizer.model_max_length < 10**9:  # beyond: "not known"
            window = tokenizer.model_max_length
        return Rendering(tokenizer, bool(config.is_encoder_decoder), window, template_options or {})

    @property
    def fingerprint(self) -> str:
        """Digest of vocabulary, chat template and its options: rows suit models that share it."""
        vocabulary = sorted(self.tokenizer.get_vocab().items())
        return digest([vocabulary, self.tokenizer.chat_template, dict(self.template_options)])

    def render(self, messages: Sequence[Message]) -> str:
        """Return the prompt exactly as the model reads it.

        A tokenizer without a chat template gets the texts alone, a blank line between them. A
        template that knows no system turn gets the system text before the first user text.
        """
        if not self.tokenizer.chat_template:
            return "\n\n".join(message.text for message in messages)
        try:
            return self._chat(messages)
        except TemplateError as error:
            if messages[0].role != "system" or len(messages) == 1:
                raise ModelError(f"the chat template refuses the prompt: {error}") from error
        first = Message(messages[1].role, f"{messages[0].text}\n\n{messages[1].text}")
        try:
            return self._chat((first, *messages[2:]))
        except TemplateError as error:
            raise ModelError(f"the chat template refuses the prompt: {error}") from error

    def encode(self, prompt: str) -> list[int]:
        """Return the ids of a rendered prompt.

        Special tokens are added as the model's own tokenizer would, unless the chat template
        has written them. A causal prompt never ends in an end-of-sequence token.
        """
        templated = bool(self.tokenizer.chat_template)
        ids: list[int] = self.tokenizer(prompt, add_special_tokens=not templated)["input_ids"]
        if not self.seq2seq and ids and ids[-1] == self.tokenizer.eos_token_id and not templated:
            return ids[:-1]
        return ids

    def encode_more(self, text: str) -> list[int]:
        """Return the ids of a text that continues a prompt: no special tokens."""
        ids: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids

    def encode_target(self, text: str) -> list[int]:
        """Return the ids that a decoder of its own is to write, end of sequence included."""
        ids: list[int] = self.tokenizer(text_target=text)["input_ids"]
        eos = self.tokenizer.eos_token_id
        return ids if ids and ids[-1] == eos else [*ids, eos]

    def answer(self, prompt: str, text: str) -> str:
        r"""Return an answer as it follows a prompt: after a blank where the prompt has none.

        So "Answer:" goes on with " Paris", and a chat template's "<assistant>\n" with "Paris".
        """
        return text if self.seq2seq or prompt[-1:].isspace() else f" {text}"

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of generated ids, without special tokens and outer white space."""
        text = self.tokenizer.decode(
            list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return str(text).strip()

    def _chat(self, messages: Sequence[Message]) -> str:
        turns = [{"role": message.role, "content": message.text} for message in messages]
        options: dict[str, Any] = dict(self.template_options)
        text = self.tokenizer.apply_chat_template(
            turns, tokenize=False, add_generation_prompt=True, **options
        )
        return str(text)
