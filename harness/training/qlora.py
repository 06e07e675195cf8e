"""LoRA over a base in four bits (Dettmers et al. 2023)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import torch
from torch import nn
from transformers import PreTrainedModel

from harness.generation.four_bits import load_in_four_bits
from harness.training.lora import Lora


@dataclass(frozen=True, kw_only=True)
class QLora(Lora):
    """LoRA that keeps the frozen weights in four bits while it trains, which saves memory.

    What it leaves is an ordinary adapter: it is served on the base as every other arm has it,
    so that arms differ in the training alone.
    """

    called: ClassVar[str] = "qlora"

    def load(self, place: Path | str, device: torch.device) -> PreTrainedModel:
        """Return the base with its linear layers in NF4.

        Raises:
            ModelError: bitsandbytes is absent or does not serve the device.
        """
        return load_in_four_bits(place, device, self.dtype)

    def prepare(self, model: PreTrainedModel) -> nn.Module:
        """Return the model with adapters, the norms in float32 as the paper has them."""
        from peft import prepare_model_for_kbit_training

        return super().prepare(
            prepare_model_for_kbit_training(model, use_gradient_checkpointing=False)
        )
