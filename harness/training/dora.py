"""Weight-decomposed LoRA (Liu et al. 2024): direction by LoRA, and a length for every column."""

from dataclasses import dataclass
from typing import ClassVar

from harness.training.lora import Lora


@dataclass(frozen=True, kw_only=True)
class Dora(Lora):
    """LoRA with trained lengths: nearer to full training, slower by the norms it takes."""

    called: ClassVar[str] = "dora"
    decomposed: ClassVar[bool] = True
