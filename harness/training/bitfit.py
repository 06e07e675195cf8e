"""BitFit (Ben Zaken et al. 2022): the biases alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from torch import nn
from transformers import PreTrainedModel

from harness.training.selective import Selective


@dataclass(frozen=True, kw_only=True)
class BitFit(Selective):
    """Every bias moves; a model without biases cannot be trained this way."""

    usual_lr: ClassVar[float] = 3e-3

    name: ClassVar[str] = "bitfit"

    def picked(self, model: PreTrainedModel) -> Iterator[nn.Parameter]:
        """Yield all biases."""
        for name, parameter in model.named_parameters():
            if name.rpartition(".")[2] == "bias":
                yield parameter
