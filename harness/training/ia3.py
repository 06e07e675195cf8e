"""(IA)³ (Liu et al. 2022): keys, values and the feed-forward's inner states, each rescaled."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from peft import IA3Config, PeftConfig
from pydantic import Field
from transformers import PreTrainedModel

from harness.errors import ModelError
from harness.training.adapter import Adapter, checked_modules, known_modules, task_type

ATTENTION = (("k_proj", "v_proj"), ("key_proj", "value_proj"), ("k", "v"), ("query_key_value",))
FEED_FORWARD = ("down_proj", "w2", "wo", "fc2", "dense_4h_to_h", "c_proj")
"""What architectures call the layers that (IA)³ rescales; the first that a model has is taken."""


@dataclass(frozen=True, kw_only=True)
class IA3(Adapter):
    """One factor for each key, value and inner state: the fewest parameters of all adapters."""

    target_modules: Annotated[Sequence[str], Field(min_length=1)] | None = None
    """Names of layers to rescale; None: what the architecture calls keys, values and the last
    layer of the feed-forward."""
    feedforward_modules: Sequence[str] | None = None
    """Those of them whose input is rescaled, and not their output."""

    usual_lr: ClassVar[float] = 1e-2
    name: ClassVar[str] = "ia3"

    def config(self, model: PreTrainedModel) -> PeftConfig:
        """Return peft's config for this model.

        Raises:
            ModelError: The model has no layers of such names.
        """
        known = known_modules(model)
        inner = [name for name in FEED_FORWARD if name in known][:1]
        if self.target_modules is None:
            outer = next((names for names in ATTENTION if known >= set(names)), ())
            targets = [*outer, *inner]
        else:
            targets = checked_modules(model, self.target_modules)
        if self.feedforward_modules is not None:
            inner = checked_modules(model, self.feedforward_modules)
        if not targets:
            raise ModelError(
                f"ia3: what {type(model).__name__} calls its keys and values is not known; name "
                f"them as target_modules; it has {', '.join(sorted(known))}"
            )
        return IA3Config(
            target_modules=targets,
            feedforward_modules=[name for name in inner if name in targets],
            task_type=task_type(model),
        )
