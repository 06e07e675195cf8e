"""Low-rank adapters (Hu et al. 2021): two thin matrices beside every linear layer."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from peft import LoraConfig, PeftModel, TaskType, get_peft_model
from pydantic import Field
from torch import nn
from transformers import PreTrainedModel

from harness.errors import ModelError
from harness.generation.adapters import peft_warnings_silenced
from harness.training.recipe import Count, Recipe


@dataclass(frozen=True, kw_only=True)
class Lora(Recipe):
    """LoRA; `all-linear` adapts every linear layer but the output head."""

    r: Count = 16
    alpha: Count = 32
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    target_modules: str | Annotated[Sequence[str], Field(min_length=1)] = "all-linear"

    @property
    def name(self) -> str:
        """What tables call it."""
        return f"lora r={self.r}"

    @property
    def recipe(self) -> Recipe:
        """The options of the loop."""
        return self

    def prepare(self, model: PreTrainedModel) -> nn.Module:
        """Return the model with adapters; the base weights do not move.

        Raises:
            ModelError: No linear layer of the model has such a name.
        """
        targets = self.target_modules
        if not isinstance(targets, str):
            known = {
                name.rpartition(".")[2]
                for name, module in model.named_modules()
                if isinstance(module, nn.Linear | nn.Conv1d | nn.Embedding)
            }
            unknown = sorted(set(targets) - known)
            if unknown:
                raise ModelError(
                    f"target_modules: {type(model).__name__} has no {', '.join(unknown)}; "
                    f"it has {', '.join(sorted(known))}"
                )
            targets = list(targets)
        seq2seq = model.config.is_encoder_decoder
        config = LoraConfig(
            r=self.r,
            lora_alpha=self.alpha,
            lora_dropout=self.dropout,
            target_modules=targets,
            task_type=TaskType.SEQ_2_SEQ_LM if seq2seq else TaskType.CAUSAL_LM,
        )
        try:
            with peft_warnings_silenced():
                adapted: nn.Module = get_peft_model(model, config)
        except ValueError as error:
            raise ModelError(f"LoRA does not fit this model: {error}") from error
        return adapted

    def save(self, model: nn.Module, folder: Path, base: str) -> None:
        """Write the adapter in peft's format, naming the base as the config does."""
        assert isinstance(model, PeftModel)
        model.peft_config["default"].base_model_name_or_path = base
        with peft_warnings_silenced():
            model.save_pretrained(str(folder), save_embedding_layers=False)
