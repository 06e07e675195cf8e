"""Bottlenecks: a small network behind each layer of a model, which begins as nothing."""

from typing import Any

import torch
from torch import nn

from harness.generation.layers import stacked_layers


class Bottleneck(nn.Module):
    """x + up(gelu(down(x))): shape in, shape out; `up` begins at 0, so it changes nothing yet."""

    def __init__(self, width: int, size: int) -> None:
        super().__init__()
        self.down = nn.Linear(width, size)
        self.up = nn.Linear(size, width)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """Return the states with what the bottleneck adds."""
        changed: torch.Tensor = self.up(nn.functional.gelu(self.down(states)))
        return states + changed


def add_bottlenecks(model: nn.Module, size: int) -> None:
    """Put a trainable bottleneck behind every layer of the model, in place.

    It cannot be merged into the layer: that is what it costs at every token.
    """
    config: Any = model.config
    width = config.get_text_config().hidden_size
    like = next(model.parameters())
    for layer in stacked_layers(model):
        layer.bottleneck = Bottleneck(width, size).to(like.device, like.dtype)
        layer.register_forward_hook(_through)


def _through(layer: nn.Module, args: Any, output: Any) -> Any:
    bottleneck = layer.bottleneck
    assert isinstance(bottleneck, Bottleneck)
    if isinstance(output, tuple):
        return (bottleneck(output[0]), *output[1:])
    return bottleneck(output)
