"""Model folders and hub ids to models and tokenizers; whatever is wrong becomes one line."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import torch
from huggingface_hub.utils import logging as hub_logging
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.utils import logging

from harness.errors import ModelError
from harness.files import folder_digest
from harness.generation.place import locate
from harness.memory import keep_freed_memory
from harness.onednn import through_onednn

DType = Literal["auto", "float32", "bfloat16", "float16"]


def model_digest(path: str | Path) -> str:
    """Return what identifies the files of a model: of a hub id its commit, else their digest."""
    place = locate(path)
    if isinstance(place, Path):
        return folder_digest(place)
    return f"{place}@{load_config(place)._commit_hash}"


def load_config(place: Path | str) -> PreTrainedConfig:
    """Return the config of a model; `is_encoder_decoder` says how it is asked."""
    with explained(place):
        config: PreTrainedConfig = AutoConfig.from_pretrained(place, local_files_only=_local(place))
        return config


def load_tokenizer(place: Path | str) -> PreTrainedTokenizerBase:
    """Return the tokenizer of a model, padding on the left, with a pad token of some kind."""
    with explained(place):
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
            place, local_files_only=_local(place)
        )
    if tokenizer.eos_token_id is None:
        raise ModelError(f"{place}: the tokenizer has no end-of-sequence token; set eos_token")
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token  # padding is masked, so any token will do
    tokenizer.padding_side = "left"
    return tokenizer


def load_model(place: Path | str, device: torch.device, dtype: DType) -> PreTrainedModel:
    """Return the model in evaluation mode; `auto` is the checkpoint's type, float32 on a CPU."""
    config = load_config(place)
    kind = AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM
    chosen = "float32" if dtype == "auto" and device.type == "cpu" else dtype
    with explained(place):
        model: PreTrainedModel = kind.from_pretrained(
            place, dtype=chosen, local_files_only=_local(place)
        )
    model.to(device)  # type: ignore[arg-type]
    if device.type == "cpu":
        keep_freed_memory()
    through_onednn(model)
    return model


def choose_device(device: str) -> torch.device:
    """Return the device of that name; `auto` is the GPU where there is one, else the CPU.

    Raises:
        ModelError: No such device here.
    """
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        chosen = torch.device(device)
        torch.empty(0, device=chosen)
    except (RuntimeError, AssertionError) as error:
        raise ModelError(
            f"device {device!r} cannot be used here ({_first_line(error).split('. ')[0]}); use "
            "auto or cpu"
        ) from error
    return chosen


def _local(place: Path | str) -> bool:
    """Return whether only local files may be read; decided once for every loader."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    hub_logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # else retries are told
    return isinstance(place, Path)


@contextmanager
def explained(place: Path | str) -> Iterator[None]:
    """Turn what a loader of transformers raises into one line with a remedy."""
    try:
        yield
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
        remedy = (
            "is it a whole model folder, with config.json, weights and tokenizer files?"
            if isinstance(place, Path)
            else "is the id right and the hub reachable? Else download it and give its folder"
        )
        raise ModelError(f"{place}: not loaded ({_first_line(error)}); {remedy}") from error


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return (lines[0].strip() if lines else type(error).__name__)[:300]
