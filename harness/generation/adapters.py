"""Adapter folders of peft, opened over their base model."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from peft import PeftModel
from transformers import PreTrainedModel

from harness.errors import ModelError
from harness.generation.soft_prompt import install_soft_prompt

ADAPTER = "adapter_config.json"


def open_adapter(
    base: PreTrainedModel, folder: Path, *, merge: bool
) -> tuple[PreTrainedModel, list[int]]:
    """Return the base with the adapter, added to its weights or beside them, and a prefix.

    The prefix are ids to put before every prompt: those of a soft prompt, none otherwise.

    Raises:
        ModelError: The adapter is damaged or was made for another model.
    """
    try:
        with peft_warnings_silenced():
            wrapped = PeftModel.from_pretrained(base, str(folder)).eval()
            if wrapped.active_peft_config.is_prompt_learning:
                vectors = wrapped.get_prompt(batch_size=1)[0]
                return base, install_soft_prompt(base, vectors)
            adapted: PreTrainedModel = wrapped.merge_and_unload() if merge else wrapped
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        raise ModelError(
            f"{folder}: this adapter does not fit {type(base).__name__} ({reason}); "
            "train it again on this model"
        ) from error
    return adapted, []


@contextmanager
def peft_warnings_silenced() -> Iterator[None]:
    """Hide what peft 0.21 says about itself: an old name it uses, a hub it cannot reach."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="`is_gradient_checkpointing` is deprecated")
        warnings.filterwarnings("ignore", message="Could not find a config file")
        yield
