"""Training that goes on from trained weights: the same method, with their values to begin with.

What is saved is complete in itself, an adapter of the base or whatever the method keeps, so it is
served and shipped like weights that were trained from the base.
"""

from dataclasses import dataclass, fields
from pathlib import Path

import torch
from peft import PeftModel, load_peft_weights, set_peft_model_state_dict
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn
from transformers import PreTrainedModel

from harness.errors import ConfigError, ModelError
from harness.generation.partial import FILE, is_partial
from harness.training.recipe import Method, Recipe


@dataclass(frozen=True, slots=True)
class Continued:
    """A method whose first values are those of a folder of weights it made before."""

    method: Method
    folder: Path

    @property
    def name(self) -> str:
        """What tables call it."""
        return self.method.name

    @property
    def recipe(self) -> Recipe:
        """The options of the loop."""
        return self.method.recipe

    def load(self, place: Path | str, device: torch.device) -> PreTrainedModel:
        """Return the base model, or the whole model that the folder holds."""
        whole = (self.folder / "config.json").is_file()
        return self.method.load(self.folder if whole else place, device)

    def prepare(self, model: PreTrainedModel) -> nn.Module:
        """Return the model to train with the folder's values in place.

        Raises:
            ModelError: They do not fit this model and method.
        """
        adapted = self.method.prepare(model)
        try:
            unknown = _restore(adapted, self.folder)
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
            raise ModelError(f"{self.folder}: does not fit ({reason}); train it again") from error
        if unknown:
            raise ModelError(
                f"{self.folder}: it holds {unknown[0]}, which {self.method.name} does not train "
                "here; train it again"
            )
        return adapted

    def save(self, model: nn.Module, folder: Path, base: str) -> None:
        """Write the trained weights into a folder that `LocalModel(weights=...)` reads."""
        self.method.save(model, folder, base)


def check_same_shape(method: Method, earlier: Method, where: str, label: str) -> None:
    """Refuse to go on with another method, or one that trains other parameters.

    Options of the loop, such as the learning rate, may differ.

    Raises:
        ConfigError: They do not train the same parameters.
    """
    ours, theirs = _shape(method), _shape(earlier)
    if type(method) is not type(earlier) or ours != theirs:
        told = "".join(f", {name}: {value}" for name, value in theirs.items())
        raise ConfigError(
            f"{where}: goes on from {label!r}, which is {earlier.name}{told}; give it the same "
            "type and the same of these: only what steers the loop (lr, batch_size) may differ"
        )


def _shape(method: Method) -> dict[str, object]:
    """Return those options of a method that no loop has."""
    shared = {field.name for field in fields(Recipe)}
    own = [f.name for f in fields(method.recipe) if f.name not in shared]
    return {name: getattr(method.recipe, name) for name in own}


def _restore(model: nn.Module, folder: Path) -> list[str]:
    """Put the folder's values in place; return the names of those that have none."""
    if isinstance(model, PeftModel):
        if model.active_peft_config.is_prompt_learning:
            raise ValueError("vectors before the prompt are kept without what made them")
        kept = load_peft_weights(str(folder), device="cpu")
        unknown: list[str] = set_peft_model_state_dict(model, kept).unexpected_keys
        return unknown
    if is_partial(folder):
        return list(model.load_state_dict(load_file(folder / FILE), strict=False).unexpected_keys)
    return []  # a whole model was loaded from the folder
