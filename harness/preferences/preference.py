"""What the methods of preference training have in common: options, and how trl is driven."""

import math
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field
from transformers import PrinterCallback, Trainer, TrainerCallback

from harness.errors import MissingExtra, ModelError, how_to_install
from harness.preferences.pairs import Drawing, RankedPair
from harness.preferences.policy import Policy
from harness.training.loop import Progress
from harness.training.recipe import WIDTH_OF_7B, Count, Positive
from harness.training.standing import Point

if TYPE_CHECKING:
    from harness.preferences.reward_model import RewardModel

Share = Annotated[float, Field(gt=0, lt=1)]

ROWS_OF_CURVE = 100

TOLD_BY_TRL = (r".*rollout_func.*experimental", r".* is deprecated and will be removed")
"""Warnings about how trl 1.16 and transformers 5.23 fit together, and what may change in trl 2."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What a preference training did to a policy, whose adapter it changed in place."""

    steps: int
    tokens: int
    """Every token that a model read or wrote: the policy, its reference, the reward model."""
    curve: tuple[Point, ...]
    dev_loss: float | None = None
    base_dev_loss: float | None = None


@dataclass(frozen=True, kw_only=True)
class Preference(ABC):
    """Goes on from trained weights towards the better of their own answers.

    The registry checks the options against their annotations, bounds included.
    """

    lr: Positive | None = None
    """Peak learning rate; None: the method's usual one for a 7 B model, times 4096 / width."""
    batch_size: Count = 32
    warmup_share: Annotated[float, Field(ge=0, le=1)] = 0.05
    clip: Positive = 1.0
    samples: Count = 6
    """Answers that are drawn for each training question beside the greedy one."""
    questions: Count | None = None
    """How many training questions are answered; None: all."""
    temperature: Positive = 1.0
    max_tokens: Count = 48
    """Most tokens of an answer that is drawn."""
    margin: Share = 0.1
    """Least difference in worth of the two answers of a pair."""
    pairs_per_question: Count = 2
    held_out: Share = 0.2
    """Share of the clusters of questions that nothing is trained on."""

    called: ClassVar[str]
    usual_lr: ClassVar[float]
    needs_reward_model: ClassVar[bool]

    @property
    def name(self) -> str:
        """What tables call it."""
        return self.called

    @property
    def drawing(self) -> Drawing:
        """How answers are drawn and paired."""
        return Drawing(
            self.samples,
            self.temperature,
            self.max_tokens,
            self.margin,
            self.pairs_per_question,
            self.held_out,
        )

    def peak_lr(self, width: int) -> float:
        """Return the learning rate for a model of this width."""
        return self.usual_lr * WIDTH_OF_7B / width if self.lr is None else self.lr

    def check(self) -> None:
        """Refuse to begin where trl is not installed.

        Raises:
            MissingExtra: It is not.
        """
        if find_spec("trl") is None:
            raise MissingExtra(
                f"training {self.called!r} needs the package 'trl': {how_to_install('preference')}"
            )

    @abstractmethod
    def learn(
        self,
        policy: Policy,
        pairs: Sequence[RankedPair],
        prompts: Sequence[str],
        reward_model: "RewardModel | None",
        *,
        tokens: int,
        seed: int,
        progress: Progress,
    ) -> Learned:
        """Train the adapter of a policy in place.

        Args:
            policy: The trained weights to go on from.
            pairs: Ranked pairs, those that are held out among them.
            prompts: Prompts to answer: none of a question that is held out.
            reward_model: Where the method needs one.
            tokens: Budget, as `Learned.tokens` counts them; at least one step is taken.
            seed: Of orders and noise.
            progress: Is told after each step.

        Raises:
            ModelError: The loss is not a finite number any more.
        """

    def arguments(self, policy: Policy, steps: int, seed: int) -> dict[str, Any]:
        """Return what trl's trainers are all told."""
        cuda = policy.device.type == "cuda"
        return {
            "max_steps": steps,
            "learning_rate": self.peak_lr(policy.width),
            "lr_scheduler_type": "cosine",
            "warmup_steps": round(self.warmup_share * steps),
            "weight_decay": 0.0,
            "max_grad_norm": self.clip,
            "seed": seed,
            "bf16": cuda,
            "use_cpu": not cuda,
            "gradient_checkpointing": False,
            "dataloader_pin_memory": cuda,
            "logging_steps": 1,
            "save_strategy": "no",
            "report_to": [],
            "disable_tqdm": True,
        }


class _Told(TrainerCallback):
    """Passes on how far trl's trainer is and what the loss was; a loss that is none ends it."""

    def __init__(self, progress: Progress, tokens: Callable[[], int]) -> None:
        self.curve: list[Point] = []
        self._progress, self._tokens = progress, tokens
        self._losses: list[float] = []

    def on_log(self, args: Any, state: Any, control: Any, **told: Any) -> None:
        loss = told["logs"].get("loss")
        if loss is None:
            return
        if not math.isfinite(loss):
            raise ModelError(
                f"training: the loss is {loss:g} at step {state.global_step}; lower lr"
            )
        self._losses.append(loss)
        every = max(1, state.max_steps // ROWS_OF_CURVE)
        if state.global_step % every == 0 or state.global_step == state.max_steps:
            mean = sum(self._losses) / len(self._losses)
            self.curve.append(Point(state.global_step, self._tokens(), mean, None))
            self._losses.clear()
        self._progress(state.global_step, state.max_steps, loss)


def told(trainer: Trainer, progress: Progress, tokens: Callable[[], int]) -> list[Point]:
    """Let a trainer of trl report to us and not print; return the curve that it will fill."""
    callback = _Told(progress, tokens)
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(callback)
    return callback.curve


@contextmanager
def quiet_trl() -> Iterator[Path]:
    """Yield a folder for what trl's trainers insist on writing; nothing in it is kept."""
    import warnings

    from datasets import disable_progress_bars
    from trl import trainer as _  # noqa: F401 - its import is slow and warns

    disable_progress_bars()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        for ours_not in TOLD_BY_TRL:
            warnings.filterwarnings("ignore", message=ours_not)
        yield Path(folder)
