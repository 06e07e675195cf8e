"""What methods share that train some of the model's own parameters, and keep those alone."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from torch import nn
from transformers import PreTrainedModel

from harness.errors import ModelError
from harness.generation.load import DType
from harness.generation.partial import save_partial
from harness.training.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class Selective(Recipe, ABC):
    """A method that picks parameters by name; the others do not move."""

    dtype: DType = "float32"

    usual_lr: ClassVar[float] = 2e-4

    @property
    @abstractmethod
    def name(self) -> str:
        """What tables call it."""

    @abstractmethod
    def picked(self, model: PreTrainedModel) -> Iterator[nn.Parameter]:
        """Yield the parameters to train."""

    def prepare(self, model: PreTrainedModel) -> nn.Module:
        """Return the model itself, with the picked parameters trainable.

        Raises:
            ModelError: The model has none of them.
        """
        picked = list(self.picked(model))
        if not picked:
            raise ModelError(f"{self.name}: {type(model).__name__} has no such parameters")
        for parameter in picked:
            parameter.requires_grad_(True)
        return model

    def save(self, model: nn.Module, folder: Path, base: str) -> None:
        """Write the picked parameters; the rest is the base's."""
        save_partial(model, folder, base)
