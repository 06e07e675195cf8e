"""Prompt tuning (Lester et al. 2021): trained vectors before the prompt, and nothing else."""

from dataclasses import dataclass
from typing import ClassVar

from peft import PeftConfig, PromptTuningConfig, PromptTuningInit
from transformers import PreTrainedModel

from harness.training.adapter import Adapter, task_type
from harness.training.recipe import Count


@dataclass(frozen=True, kw_only=True)
class PromptTuning(Adapter):
    """So many vectors, which begin as the embeddings of tokens drawn from the vocabulary."""

    virtual_tokens: Count = 20

    usual_lr: ClassVar[float] = 3e-3

    @property
    def name(self) -> str:
        """What tables call it."""
        return f"prompt-tuning {self.virtual_tokens} vectors"

    def config(self, model: PreTrainedModel) -> PeftConfig:
        """Return peft's config for this model."""
        return PromptTuningConfig(
            num_virtual_tokens=self.virtual_tokens,
            prompt_tuning_init=PromptTuningInit.SAMPLE_VOCAB,
            task_type=task_type(model),
        )
