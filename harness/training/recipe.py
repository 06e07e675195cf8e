"""What every training method has in common: its options, and what it must do.

A method is one file with one class, and one line in the registry.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Protocol

import torch
from pydantic import Field
from torch import nn
from transformers import PreTrainedModel

from harness.generation.load import DType, load_model

WIDTH_OF_7B = 4096

Attention = Literal["auto", "eager", "sdpa", "flash_attention_2", "flash_attention_3"]

Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The options of the loop; a method adds its own and may change a default.

    The registry checks them against their annotations, bounds included.
    """

    lr: Positive | None = None
    """Peak learning rate; None: the method's usual one for a 7 B model, times 4096 / width.

    Adam's best rate for hidden layers goes with 1 / width (Yang et al. 2022, table 3).
    """
    batch_size: Count = 32
    warmup_share: Annotated[float, Field(ge=0, le=1)] = 0.05
    """Share of the steps over which the rate rises; a cosine takes it to 0 afterwards."""
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    clip: Positive = 1.0
    """Largest norm of the gradient."""
    evaluations: Count = 10
    """How often the dev loss is taken in the last phase."""
    patience: Count = 4
    """Evaluations without a better dev loss after which training stops."""
    dev_examples: Annotated[int, Field(ge=0)] = 128
    """The dev loss is taken on the first so many rows."""

    dtype: DType = "auto"
    """Number type of the base; `auto` is float32 on a CPU and the checkpoint's elsewhere."""
    attention: Attention = "auto"
    """Which code computes attention; `auto` is what transformers takes for the model."""
    gradient_checkpointing: bool = False
    """Compute the layers' states again on the way back in place of keeping them: less memory,
    more time."""

    usual_lr: ClassVar[float] = 2e-4

    def load(self, place: Path | str, device: torch.device) -> PreTrainedModel:
        """Return the base model in the form in which it is trained.

        Raises:
            ModelError: There is no such model, or it cannot be had in that form here.
        """
        return load_model(place, device, self.dtype)

    @property
    def recipe(self) -> "Recipe":
        """The options of the loop: these."""
        return self

    def peak_lr(self, width: int) -> float:
        """Return the learning rate for a model of this width."""
        return self.usual_lr * WIDTH_OF_7B / width if self.lr is None else self.lr


class Method(Protocol):
    """A way to train: which parameters move, and what is kept of them."""

    @property
    def name(self) -> str:
        """What tables call it."""
        ...

    @property
    def recipe(self) -> Recipe:
        """The options of the loop."""
        ...

    def load(self, place: Path | str, device: torch.device) -> PreTrainedModel:
        """Return the base model in the form in which it is trained.

        Raises:
            ModelError: There is no such model, or it cannot be had in that form here.
        """
        ...

    def prepare(self, model: PreTrainedModel) -> nn.Module:
        """Return the model to train, with `requires_grad` set on what moves and nothing else.

        Raises:
            ModelError: The method does not fit the model.
        """
        ...

    def save(self, model: nn.Module, folder: Path, base: str) -> None:
        """Write the trained weights into a folder that `LocalModel(weights=...)` reads."""
        ...
