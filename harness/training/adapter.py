"""What every method of peft has in common: a config makes the model, the adapter alone is kept."""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from peft import PeftConfig, PeftModel, TaskType, get_peft_model
from torch import nn
from transformers import PreTrainedModel

from harness.errors import ModelError
from harness.generation.adapters import peft_warnings_silenced
from harness.training.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class Adapter(Recipe, ABC):
    """A method that leaves the base as it is and adds something small of its own."""

    @property
    @abstractmethod
    def name(self) -> str:
        """What tables call it."""

    @abstractmethod
    def config(self, model: PreTrainedModel) -> PeftConfig:
        """Return peft's config for this model.

        Raises:
            ModelError: The method does not fit the model.
        """

    def prepare(self, model: PreTrainedModel) -> nn.Module:
        """Return the model with what is added; the base weights do not move.

        Raises:
            ModelError: The method does not fit the model.
        """
        config = self.config(model)
        try:
            with peft_warnings_silenced():
                adapted: nn.Module = get_peft_model(model, config)
        except (ValueError, TypeError) as error:
            raise ModelError(f"{self.name} does not fit this model: {error}") from error
        return adapted

    def save(self, model: nn.Module, folder: Path, base: str) -> None:
        """Write the adapter in peft's format, naming the base as the config does."""
        assert isinstance(model, PeftModel)
        model.peft_config["default"].base_model_name_or_path = base
        with peft_warnings_silenced():
            model.save_pretrained(str(folder), save_embedding_layers=False)


def task_type(model: PreTrainedModel) -> TaskType:
    """Return what peft calls the kind of model."""
    seq2seq = model.config.is_encoder_decoder
    return TaskType.SEQ_2_SEQ_LM if seq2seq else TaskType.CAUSAL_LM


def known_modules(model: nn.Module) -> set[str]:
    """Return the last parts of the names of all layers that an adapter can stand beside."""
    return {
        name.rpartition(".")[2]
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear | nn.Conv1d | nn.Embedding)
    }


def checked_modules(model: nn.Module, names: Sequence[str]) -> list[str]:
    """Return the names, all of which are layers of the model.

    Raises:
        ModelError: Some are not; the message lists those that are.
    """
    if unknown := sorted(set(names) - known_modules(model)):
        raise _no_such(model, ", ".join(unknown))
    return list(names)


def checked_pattern(model: nn.Module, pattern: str) -> str:
    """Return a regular expression that the whole name of some layer fits.

    Raises:
        ModelError: None does, or it is no such expression; the message lists the layers.
    """
    try:
        if any(re.fullmatch(pattern, name) for name, _ in model.named_modules()):
            return pattern
    except re.error as error:
        raise ModelError(f"target_modules: {pattern!r} is no pattern ({error})") from error
    raise _no_such(model, pattern)


def _no_such(model: nn.Module, wanted: str) -> ModelError:
    return ModelError(
        f"target_modules: {type(model).__name__} has no {wanted}; "
        f"it has {', '.join(sorted(known_modules(model)))}"
    )
