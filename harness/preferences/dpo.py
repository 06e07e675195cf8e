"""Direct preference optimisation (Rafailov et al. 2023): ranked pairs, no reward model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import Field

from harness.preferences.pairs import RankedPair
from harness.preferences.policy import Policy
from harness.preferences.preference import Learned, Preference, quiet_trl, told
from harness.preferences.reward_model import RewardModel
from harness.training.loop import Progress
from harness.training.recipe import Count, Positive


@dataclass(frozen=True, kw_only=True)
class Dpo(Preference):
    """Raises the better answer of each pair above the worse one, as trl's DPOTrainer does it."""

    beta: Positive = 0.1
    """How much a step away from where it began costs."""
    nll: Annotated[float, Field(ge=0)] = 0.0
    """Weight of the better answer's own negative log-likelihood, per token, beside the loss of DPO.

    DPO alone raises the better answer above the worse one while both may become less likely
    (Pang et al. 2024; Llama 3 took 0.2).
    """
    epochs: Count = 3
    """Most times that a pair is read, where the budget lasts."""

    called: ClassVar[str] = "dpo"
    usual_lr: ClassVar[float] = 1e-5
    needs_reward_model: ClassVar[bool] = False

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
        """Train the adapter of a policy in place; the loss on held-out pairs is the dev loss."""
        rows = {part: [_row(policy, p) for p in pairs if p.part == part] for part in PARTS}
        steps = self._steps(rows["train"], tokens)
        with quiet_trl() as folder:
            from datasets import Dataset
            from trl.trainer.dpo_config import DPOConfig
            from trl.trainer.dpo_trainer import DPOTrainer

            class Counted(DPOTrainer):
                """Takes our ids as they are, and counts what is read."""

                tokens = 0

                def _prepare_dataset(self, dataset: Dataset, *_: Any) -> Dataset:
                    return dataset

                def compute_loss(self, model: Any, inputs: Any, *args: Any, **more: Any) -> Any:
                    if model.training:  # once by the policy and once by the reference
                        self.tokens += 2 * int(inputs["attention_mask"].sum())
                    ours: Any = super()
                    return ours.compute_loss(model, inputs, *args, **more)

            trainer = Counted(
                model=policy.model,
                args=DPOConfig(
                    output_dir=str(folder),
                    beta=self.beta,
                    per_device_train_batch_size=self.batch_size,
                    per_device_eval_batch_size=self.batch_size,
                    max_length=None,
                    loss_type=["sigmoid", "sft"] if self.nll else ["sigmoid"],
                    loss_weights=[1.0, self.nll] if self.nll else None,
                    **self.arguments(policy, steps, seed),
                ),
                train_dataset=Dataset.from_list(rows["train"]),
                eval_dataset=Dataset.from_list(rows["held-out"]),
                processing_class=policy.rendering.tokenizer,
            )
            curve = told(trainer, progress, lambda: trainer.tokens)
            before = float(trainer.evaluate()["eval_loss"])
            trainer.train()
            after = float(trainer.evaluate()["eval_loss"])
        policy.model.delete_adapter("ref")
        return Learned(steps, trainer.tokens, tuple(curve), after, before)

    def _steps(self, rows: Sequence[dict[str, list[int]]], tokens: int) -> int:
        each = sum(2 * len(r["prompt_ids"]) + len(r["chosen_ids"]) + len(r["rejected_ids"])
                   for r in rows) / len(rows)  # fmt: skip
        within = int(tokens / (2 * each * self.batch_size))
        once = -(-len(rows) // self.batch_size)
        return max(1, min(within, once * self.epochs))


PARTS = ("train", "held-out")


def _row(policy: Policy, pair: RankedPair) -> dict[str, list[int]]:
    return {
        "prompt_ids": policy.prompt_ids(pair.prompt),
        "chosen_ids": policy.answer_ids(pair.prompt, pair.chosen),
        "rejected_ids": policy.answer_ids(pair.prompt, pair.rejected),
    }
