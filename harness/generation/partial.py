"""Folders that hold some of a model's parameters: what training changed or added, no more."""

import json
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import PreTrainedModel

from harness.errors import ModelError
from harness.files import write_text
from harness.generation.bottlenecks import add_bottlenecks

FILE, FACTS = "partial.safetensors", "partial.json"


def save_partial(model: nn.Module, folder: Path, base: str, bottleneck: int = 0) -> None:
    """Write the parameters that require a gradient, and the size of bottlenecks, 0 for none."""
    kept = {n: p.detach().contiguous() for n, p in model.named_parameters() if p.requires_grad}
    save_file(kept, folder / FILE, {"format": "pt"})
    facts = {"base": base, "bottleneck": bottleneck}
    write_text(folder / FACTS, json.dumps(facts, indent=1) + "\n")


def is_partial(folder: Path) -> bool:
    """Return whether a folder is one of these."""
    return (folder / FILE).is_file()


def open_partial(base: PreTrainedModel, folder: Path) -> PreTrainedModel:
    """Return the base with the kept parameters in the place of its own.

    Raises:
        ModelError: The folder is damaged or was made for another model.
    """
    remedy = "train it again on this model"
    try:
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        if facts["bottleneck"]:
            add_bottlenecks(base, facts["bottleneck"])
        kept = load_file(folder / FILE)
        unknown = base.load_state_dict(kept, strict=False).unexpected_keys
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        raise ModelError(
            f"{folder}: these weights do not fit {type(base).__name__} ({reason}); {remedy}"
        ) from error
    if unknown:
        raise ModelError(f"{folder}: {type(base).__name__} has no {unknown[0]}; {remedy}")
    return base
