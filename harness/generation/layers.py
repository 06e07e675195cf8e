"""Where the layers of a model are."""

from torch import nn

from harness.errors import ModelError


def stacked_layers(model: nn.Module) -> nn.ModuleList:
    """Return the layers that are stacked: the longest list of modules, the last of equal ones.

    In a sequence-to-sequence model the last one is the decoder's.

    Raises:
        ModelError: The model has no such list.
    """
    lists = [module for module in model.modules() if isinstance(module, nn.ModuleList)]
    if not lists:
        raise ModelError(f"{type(model).__name__} has no list of layers")
    return max(reversed(lists), key=len)
