"""P-tuning (Liu et al. 2021): vectors before the prompt, written by a small network."""

from dataclasses import dataclass
from typing import ClassVar

from peft import PeftConfig, PromptEncoderConfig, PromptEncoderReparameterizationType
from transformers import PreTrainedModel

from harness.training.adapter import Adapter, task_type
from harness.training.recipe import Count


@dataclass(frozen=True, kw_only=True)
class PTuning(Adapter):
    """Prompt tuning whose vectors come out of a network of three layers, which trains easier."""

    virtual_tokens: Count = 20
    hidden_size: Count = 128

    usual_lr: ClassVar[float] = 1e-4

    @property
    def name(self) -> str:
        """What tables call it."""
        return f"p-tuning {self.virtual_tokens} vectors"

    def config(self, model: PreTrainedModel) -> PeftConfig:
        """Return peft's config for this model."""
        return PromptEncoderConfig(
            num_virtual_tokens=self.virtual_tokens,
            encoder_hidden_size=self.hidden_size,
            encoder_reparameterization_type=PromptEncoderReparameterizationType.MLP,
            task_type=task_type(model),
        )
