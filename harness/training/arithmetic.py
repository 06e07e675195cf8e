"""What a model has, and what a token costs in training."""

import math
import re

from torch import nn

from harness.training.loss import has_soft_prompt


def parameter_counts(model: nn.Module) -> tuple[int, int]:
    """Return how many parameters are trained, and how many there are.

    Of weights in four bits each counts, and not each byte of two.
    """
    counts = [(_size(p), p.requires_grad) for p in model.parameters()]
    return sum(n for n, moves in counts if moves), sum(n for n, _ in counts)


def flops_per_token(model: nn.Module) -> int:
    """Return about how many floating-point operations a token costs in training.

    2 a parameter to read the token, 2 to send its gradient back through the parameter, and 2
    for the parameter's own gradient where it moves (Kaplan et al. 2020, section 2.1: 6 in all).
    Below the first layer in which something moves no gradient is sent; vectors before the
    prompt stand below everything. Embeddings and the products of attention are left out.
    """
    total, reached = 0, has_soft_prompt(model)
    for layer in _layers(model):
        reached = reached or any(moves for _, moves in layer)
        total += sum(size * (6 if moves else 4 if reached else 2) for size, moves in layer)
    return total


def _layers(model: nn.Module) -> list[list[tuple[int, bool]]]:
    """Return the sizes of all parameters but embeddings, and whether they move, layer by layer.

    A layer is what has one number in its name; layers stand in the order of the model.
    """
    tables = {id(m.weight) for m in model.modules() if isinstance(m, nn.Embedding)}
    layers: dict[str, list[tuple[int, bool]]] = {}
    for name, p in model.named_parameters():
        if id(p) not in tables:
            numbered = re.match(r".*?\.\d+\.", name)
            layer = layers.setdefault(numbered[0] if numbered else name, [])
            layer.append((_size(p), p.requires_grad))
    return list(layers.values())


def _size(parameter: nn.Parameter) -> int:
    state = getattr(parameter, "quant_state", None)  # of bitsandbytes: two weights in a byte
    return parameter.numel() if state is None else math.prod(state.shape)
