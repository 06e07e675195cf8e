"""Training the layer norms alone (Zhao et al. 2023)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from torch import nn
from transformers import PreTrainedModel

from harness.training.selective import Selective


@dataclass(frozen=True, kw_only=True)
class LayerNorms(Selective):
    """The gains, and biases, of every normalisation move."""

    usual_lr: ClassVar[float] = 3e-3

    name: ClassVar[str] = "layer norms"

    def picked(self, model: PreTrainedModel) -> Iterator[nn.Parameter]:
        """Yield the parameters of every module that is a norm by its class."""
        for module in model.modules():
            if type(module).__name__.endswith("Norm"):
                yield from module.parameters(recurse=False)
