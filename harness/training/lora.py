"""Low-rank adapters (Hu et al. 2021): two thin matrices beside every linear layer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from peft import LoraConfig, PeftConfig
from pydantic import Field
from transformers import PreTrainedModel

from harness.training.adapter import Adapter, checked_modules, checked_pattern, task_type
from harness.training.recipe import Count

ALL_LINEAR = "all-linear"


@dataclass(frozen=True, kw_only=True)
class Lora(Adapter):
    """LoRA; `all-linear` adapts every linear layer but the output head."""

    r: Count = 16
    alpha: Count = 32
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    target_modules: str | Annotated[Sequence[str], Field(min_length=1)] = ALL_LINEAR
    """Names of layers; or a regular expression that their whole names fit."""

    called: ClassVar[str] = "lora"
    rank_stabilised: ClassVar[bool] = False
    decomposed: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """What tables call it."""
        return f"{self.called} r={self.r}"

    def config(self, model: PreTrainedModel) -> PeftConfig:
        """Return peft's config for this model.

        Raises:
            ModelError: No linear layer of the model has such a name.
        """
        return LoraConfig(
            r=self.r,
            lora_alpha=self.alpha,
            lora_dropout=self.dropout,
            target_modules=self._targets(model),
            use_rslora=self.rank_stabilised,
            use_dora=self.decomposed,
            task_type=task_type(model),
        )

    def _targets(self, model: PreTrainedModel) -> str | list[str]:
        targets = self.target_modules
        if isinstance(targets, str):
            return targets if targets == ALL_LINEAR else checked_pattern(model, targets)
        return checked_modules(model, targets)
