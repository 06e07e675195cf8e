"""Full fine-tuning: every parameter moves."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field
from torch import nn
from transformers import PreTrainedModel

from harness.generation.load import DType
from harness.training.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class Full(Recipe):
    """All weights are trained and all are kept: the artefact is a whole model."""

    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    dtype: DType = "float32"

    usual_lr: ClassVar[float] = 2e-5

    @property
    def name(self) -> str:
        """What tables call it."""
        return "full"

    def prepare(self, model: PreTrainedModel) -> nn.Module:
        """Return the model itself, all of it trainable."""
        return model.requires_grad_(True)

    def save(self, model: nn.Module, folder: Path, base: str) -> None:
        """Write a model folder; the tokenizer stays the base's."""
        assert isinstance(model, PreTrainedModel)
        model.save_pretrained(folder)
