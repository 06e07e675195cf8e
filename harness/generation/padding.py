"""Makes left padding invisible to short convolutions with a bias (LFM2 with `conv_bias`)."""

from typing import Any

import torch
from torch import nn


def hide_padding_from_convolutions(model: nn.Module) -> int:
    """Mask the projection before every short convolution; return how many were found.

    transformers 5.23 zeroes the padded states *before* `in_proj`, whose bias makes them
    non-zero again: the first tokens of a padded row then read the bias where those of an
    unpadded row read zeros, and the text depends on the rest of the batch. The hooks zero the
    states after `in_proj` too. Without a bias nothing changes.
    """
    found = 0
    for module in model.modules():
        projection = getattr(module, "in_proj", None)
        if type(module).__name__.endswith("ShortConv") and isinstance(projection, nn.Module):
            _Mask(module, projection)
            found += 1
    return found


class _Mask:
    """Takes the attention mask off the convolution's call and applies it to the projection."""

    def __init__(self, convolution: nn.Module, projection: nn.Module) -> None:
        self._mask: torch.Tensor | None = None
        convolution.register_forward_pre_hook(self._take, with_kwargs=True)
        projection.register_forward_hook(self._apply)

    def _take(self, module: nn.Module, args: Any, kwargs: dict[str, Any]) -> None:
        self._mask = kwargs.get("attention_mask")

    def _apply(self, module: nn.Module, args: Any, output: torch.Tensor) -> torch.Tensor:
        mask = self._mask
        if mask is None:
            return output
        if torch.is_grad_enabled() or mask.device.type != "cpu":
            return output * mask[:, :, None].to(output.dtype)
        padded = (mask == 0).any(0).nonzero()
        if len(padded):  # in place, up to the last padded position: often the first few alone
            width = int(padded[-1]) + 1
            output[:, :width] *= mask[:, :width, None].to(output.dtype)
        return output
