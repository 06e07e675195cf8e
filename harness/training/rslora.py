"""Rank-stabilised LoRA (Kalajdzievski 2023): scaled by alpha / sqrt(r) in place of alpha / r."""

from dataclasses import dataclass
from typing import ClassVar

from harness.training.lora import Lora
from harness.training.recipe import Count


@dataclass(frozen=True, kw_only=True)
class RsLora(Lora):
    """LoRA whose step does not shrink with the rank; worth while at high ranks."""

    alpha: Count = 8
    """Scales by 8 / sqrt(16) = 2 at the default rank, as LoRA's 32 / 16 does."""

    called: ClassVar[str] = "rslora"
    rank_stabilised: ClassVar[bool] = True
