"""The reward model of a benchmark, as something that rates the answers of all arms."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from harness import registry
from harness.errors import ConfigError
from harness.stages.job import Job
from harness.stages.models import rendering_of
from harness.stages.starting import adapting
from harness.stages.weights import trained
from harness.types import Case, Chunk, Hit

if TYPE_CHECKING:
    from harness.preferences.reward_model import RewardModel


def rewards(job: Job) -> "ArmRewards":
    """Return what rates answers: the reward model of the first arm that was trained against one.

    Raises:
        ConfigError: No arm was.
    """
    for arm in job.benchmark.arms.values():
        if arm.type == "model" and arm.weights != "base":
            config = job.benchmark.weights[arm.weights]
            method = registry.resolve("training", config.type, f"weights.{arm.weights}")
            if getattr(method, "needs_reward_model", False):
                return ArmRewards(job, arm.weights)
    raise ConfigError(
        "metrics: 'reward' needs an arm whose weights are trained against a reward model, as in "
        "weights: {grpo: {type: grpo, from: ...}}"
    )


@dataclass
class ArmRewards:
    """The reward model of one set of weights, with its first seed."""

    job: Job
    label: str

    @property
    def signature(self) -> str:
        """Whose reward model it is."""
        return f"model:of weights {self.label}, seed {self.job.seeds[0]}|unit:sd of its pairs"

    def __call__(self, cases: Sequence[Case]) -> list[float]:
        """Return a number for each answer, read behind the prompt that the pairs had."""
        model = self._model
        return model.rewards([model.row(self._prompt(c), c.prediction.text) for c in cases])

    @cached_property
    def _model(self) -> "RewardModel":
        from harness.preferences.reward_model import open_reward_model

        b = self.job.benchmark
        model = b.models[b.weights[self.label].model]
        folder = trained(self.job, self.label, self.job.seeds[0]).folder
        made_with = json.loads((folder / "training.json").read_text(encoding="utf-8"))["made_with"]
        return open_reward_model(
            model.path,
            adapting(self.job, self.label),
            self.job.artefacts.root / made_with["reward_model"],
            rendering_of(model),
            self.job.device,
        )

    def _prompt(self, case: Case) -> str:
        config = self.job.benchmark.weights[self.label]
        read = case.passages if "passages" in config.sees else ()
        hits = [Hit(Chunk("", 0, 0, text), 0.0) for text in read]
        messages = self.job.prompt(config.prompt).messages(case.question.text, hits)
        return self._model.policy.rendering.render(messages)
