"""Group relative policy optimisation (Shao et al. 2024) against the reward model.

Not PPO: that needs a value model as large as the policy, trained beside it, and left trl with
1.13. GRPO takes the mean reward of several answers to one prompt in place of the value.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from harness.errors import ConfigError
from harness.preferences.pairs import RankedPair
from harness.preferences.policy import Policy
from harness.preferences.preference import Learned, Preference, quiet_trl, told
from harness.preferences.reward_model import RewardModel
from harness.training.loop import Progress
from harness.training.recipe import WIDTH_OF_7B, Count, Positive
from harness.types import Request


@dataclass(frozen=True, kw_only=True)
class Grpo(Preference):
    """Answers prompts, has a reward model rate the answers, and makes the better likelier."""

    beta: Annotated[float, Field(ge=0)] = 0.02
    """How much a step away from where it began costs, per token."""
    group: Annotated[int, Field(ge=2)] = 8
    """Answers to one prompt that are compared; `batch_size` counts answers."""
    scale: Literal["batch", "group", "none"] = "batch"
    """By whose standard deviation rewards above the mean of their group are divided.

    By the group's own, answers that hardly differ weigh as much as right and wrong ones (Liu et
    al. 2025, section 3.1).
    """
    reward_epochs: Count = 2
    reward_lr: Positive | None = None
    """Of the reward model; None: its usual one for a 7 B model, times 4096 / width."""

    called: ClassVar[str] = "grpo"
    usual_lr: ClassVar[float] = 2e-5
    usual_reward_lr: ClassVar[float] = 5e-5
    needs_reward_model: ClassVar[bool] = True

    def check(self) -> None:
        """Refuse what cannot work before anything is trained.

        Raises:
            MissingExtra: trl is not installed.
            ConfigError: A batch does not hold whole groups.
        """
        super().check()
        if self.batch_size % self.group:
            raise ConfigError(
                f"training 'grpo': batch_size {self.batch_size} counts answers and is to be a "
                f"multiple of group ({self.group})"
            )

    def peak_reward_lr(self, width: int) -> float:
        """Return the reward model's learning rate for a model of this width."""
        usual = self.usual_reward_lr * WIDTH_OF_7B / width
        return usual if self.reward_lr is None else self.reward_lr

    def learn(
        self,
        policy: Policy,
        pairs: Sequence[RankedPair],
        prompts: Sequence[str],
        reward_model: RewardModel | None,
        *,
        tokens: int,
        seed: int,
        progress: Progress,
    ) -> Learned:
        """Train the adapter of a policy in place."""
        assert reward_model is not None
        rated = reward_model
        read = {prompt: policy.prompt_ids(prompt) for prompt in prompts}
        noise = Random(f"grpo {seed}")
        # written, learned from, rated, and read by the reference
        times = 4 if self.beta else 3
        steps = self._steps(policy, pairs, tokens, times)
        spent = 0

        def write(asked: list[str], trainer: Any) -> dict[str, Any]:
            nonlocal spent
            ids = [read[prompt] for prompt in asked]
            seeds = [noise.getrandbits(32) for _ in asked]
            requests = [Request((), self.max_tokens, self.temperature, seed=s) for s in seeds]
            written = policy.sample(ids, requests)
            policy.model.train()
            spent += times * (sum(map(len, ids)) + sum(map(len, written)))
            return {"prompt_ids": ids, "completion_ids": written, "logprobs": None}

        def rate(prompts: list[str], completion_ids: list[list[int]], **_: Any) -> list[Any]:
            rows = zip(prompts, completion_ids, strict=True)
            return rated.rewards([(read[p], _ended(ids, policy.end)) for p, ids in rows])

        with quiet_trl() as folder:
            from datasets import Dataset
            from trl.trainer.grpo_config import GRPOConfig
            from trl.trainer.grpo_trainer import GRPOTrainer

            trainer = GRPOTrainer(
                model=policy.model,
                reward_funcs=[rate],
                args=GRPOConfig(
                    output_dir=str(folder),
                    beta=self.beta,
                    num_generations=self.group,
                    scale_rewards=self.scale,
                    per_device_train_batch_size=self.batch_size,
                    max_completion_length=self.max_tokens,
                    temperature=self.temperature,
                    **self.arguments(policy, steps, seed),
                ),
                train_dataset=Dataset.from_list([{"prompt": prompt} for prompt in prompts]),
                processing_class=policy.rendering.tokenizer,
                rollout_func=write,
            )
            curve = told(trainer, progress, lambda: spent)
            trainer.train()
        if "ref" in policy.model.peft_config:
            policy.model.delete_adapter("ref")
        return Learned(steps, spent, tuple(curve))

    def _steps(self, policy: Policy, pairs: Sequence[RankedPair], tokens: int, times: int) -> int:
        """Return how many steps the budget is good for, were answers as long as those ranked."""
        rows = [policy.prompt_ids(p.prompt) + policy.answer_ids(p.prompt, p.chosen) for p in pairs]
        each = sum(map(len, rows)) / len(rows)
        return max(1, int(tokens / (times * each * self.batch_size)))


def _ended(ids: list[int], end: int) -> list[int]:
    """Return an answer with its end, as the reward model read those of pairs."""
    return ids if ids and ids[-1] == end else [*ids, end]
