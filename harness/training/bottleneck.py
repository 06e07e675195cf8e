"""Bottleneck adapters (Houlsby et al. 2019; one a layer, as Pfeiffer et al. 2021 place them)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from torch import nn
from transformers import PreTrainedModel

from harness.generation.bottlenecks import add_bottlenecks
from harness.generation.partial import save_partial
from harness.training.recipe import Count, Recipe


@dataclass(frozen=True, kw_only=True)
class Bottleneck(Recipe):
    """After every layer its states go down to `size` numbers and up again, and are added."""

    size: Count = 16

    usual_lr: ClassVar[float] = 2e-4

    @property
    def name(self) -> str:
        """What tables call it."""
        return f"bottleneck {self.size}"

    def prepare(self, model: PreTrainedModel) -> nn.Module:
        """Return the model with bottlenecks; the base weights do not move."""
        add_bottlenecks(model, self.size)
        return model

    def save(self, model: nn.Module, folder: Path, base: str) -> None:
        """Write the bottlenecks; the rest is the base's."""
        save_partial(model, folder, base, bottleneck=self.size)
