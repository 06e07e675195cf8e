"""Linear layers in float32 through oneDNN, where a CPU has AVX-512.

PyTorch gives such products to MKL, which uses AVX-512 on processors of one maker only; oneDNN
uses it wherever it is there. On others it is 2 to 2.5 times as fast for many rows at once, and
elsewhere no slower. A single row stays with PyTorch: there the call costs more than the product.
The sums are the same up to the order in which float32 adds them.
"""

from typing import Any

import torch
from torch import Tensor, nn

ROWS = 2
"""From this many rows on oneDNN is the faster of the two."""


def through_onednn(model: nn.Module) -> None:
    """Let the linear layers of a model in float32 on a CPU be computed by oneDNN, in place.

    The layers stay `nn.Linear` with the same weights, so adapters, merging and saving work as
    before. Where there is no oneDNN or no AVX-512, nothing changes.
    """
    if not helps_here():
        return
    for layer in model.modules():
        if type(layer) is nn.Linear:
            layer.__class__ = _Linear


def helps_here() -> bool:
    """Return whether this machine has oneDNN, and the AVX-512 that makes it worth while."""
    found: bool = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    return found and torch.cpu._is_avx512_supported()


class _Linear(nn.Linear):
    def forward(self, input: Tensor) -> Tensor:
        rows = input.numel() // max(1, self.in_features)
        if rows < ROWS or not _fits(input) or not _fits(self.weight):
            return super().forward(input)
        product: Tensor = _Product.apply(  # type: ignore[no-untyped-call]
            input, self.weight, self.bias
        )
        return product


def _fits(x: Tensor) -> bool:
    return x.dtype == torch.float32 and x.device.type == "cpu"


class _Product(torch.autograd.Function):
    """`x @ weight.T + bias` with its derivatives; oneDNN's operator has none of its own."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(x, weight)
        return _linear(x, weight, bias)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        x, weight = ctx.saved_tensors
        [grad] = grads
        wants_x, wants_weight, wants_bias = ctx.needs_input_grad
        flat = grad.reshape(-1, grad.shape[-1])
        return (
            _linear(grad, weight.t().contiguous(), None) if wants_x else None,
            flat.t() @ x.reshape(-1, x.shape[-1]) if wants_weight else None,
            flat.sum(0) if wants_bias else None,
        )


def _linear(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    product: Tensor = torch.ops.mkldnn._linear_pointwise(
        x.contiguous(), weight, bias, "none", [], ""
    )
    return product
