"""Selective training of the last layers: what features mean, not how they are found."""

from collections.abc import Iterator
from dataclasses import dataclass

from torch import nn
from transformers import PreTrainedModel

from harness.errors import ModelError
from harness.generation.layers import stacked_layers
from harness.training.recipe import Count
from harness.training.selective import Selective


@dataclass(frozen=True, kw_only=True)
class LastLayers(Selective):
    """The last n layers move (Howard & Ruder 2018 call the rest frozen); embeddings do not."""

    n: Count = 2

    @property
    def name(self) -> str:
        """What tables call it."""
        return f"last {self.n} layers"

    def picked(self, model: PreTrainedModel) -> Iterator[nn.Parameter]:
        """Yield the parameters of the last n layers.

        Raises:
            ModelError: There are not so many.
        """
        layers = stacked_layers(model)
        if self.n > len(layers):
            raise ModelError(f"n: {self.n} layers of {len(layers)}; give a smaller n")
        for layer in layers[-self.n :]:
            yield from layer.parameters()
