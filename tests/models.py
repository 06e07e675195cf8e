"""Tiny model folders with random weights, for tests: the real architectures, a real tokenizer."""

from functools import cache
from pathlib import Path
from typing import Literal

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import (
    Lfm2Config,
    Lfm2ForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
)

Architecture = Literal["lfm2", "llama", "t5"]

TEXT = """Question: Where is the pump made? Answer: The pump is made in Tarn. Who sells it?
The sensor weighs 340 grams. What is the price of the lamp? It costs 12 dollars. When was it
launched? It was launched in 2014, and its battery lasts 9 hours. The passages do not say."""

CHAT = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
STRICT_CHAT = "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}"


@cache
def _trained(end: bool) -> str:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<pad>", "<eos>"],
        show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(TEXT.splitlines(), trainer)
    if end:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="$A <eos>", special_tokens=[("<eos>", 1)]
        )
    return tokenizer.to_str()


def new_tokenizer(*, chat: str = "", end: bool = False) -> PreTrainedTokenizerFast:
    """Return a byte-level tokenizer; `end` makes it put `<eos>` after every text, as T5's does."""
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=Tokenizer.from_str(_trained(end)),
        pad_token="<pad>",
        eos_token="<eos>",
        model_max_length=256,
    )
    if chat:
        tokenizer.chat_template = chat
    return tokenizer


def make_model(
    folder: Path, architecture: Architecture = "llama", *, chat: str = "", width: int = 32
) -> Path:
    """Write a model with random weights, biases included, to a folder and return the folder."""
    tokenizer = new_tokenizer(chat=chat, end=architecture == "t5")
    with torch.random.fork_rng():
        torch.manual_seed(1)
        model = _new(architecture, len(tokenizer), width)
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                if name.endswith("bias"):
                    parameter.normal_(std=0.5)
    model.generation_config.max_length = None
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _new(architecture: Architecture, vocabulary: int, width: int) -> PreTrainedModel:
    if architecture == "t5":
        config = T5Config(
            vocab_size=vocabulary,
            d_model=width,
            d_kv=16,
            d_ff=2 * width,
            num_layers=2,
            num_heads=2,
            pad_token_id=0,
            eos_token_id=1,
            dropout_rate=0.0,
        )
        config.decoder_start_token_id = 0  # not an argument, but in every T5's config.json
        return T5ForConditionalGeneration(config)
    if architecture == "lfm2":
        return Lfm2ForCausalLM(
            Lfm2Config(
                vocab_size=vocabulary,
                hidden_size=width,
                intermediate_size=2 * width,
                num_hidden_layers=4,
                layer_types=["conv", "full_attention"] * 2,
                conv_L_cache=4,
                conv_bias=True,
                num_attention_heads=2,
                num_key_value_heads=2,
                max_position_embeddings=256,
                block_auto_adjust_ff_dim=False,
                initializer_range=0.2,
                pad_token_id=0,
                bos_token_id=1,
                eos_token_id=1,
            )
        )
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=vocabulary,
            hidden_size=width,
            intermediate_size=2 * width,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=1,
            max_position_embeddings=256,
            initializer_range=0.2,
            pad_token_id=0,
            bos_token_id=1,
            eos_token_id=1,
        )
    )
