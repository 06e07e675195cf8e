"""A loaded model made ready for training: which attention, and what is kept for the way back."""

from transformers import PreTrainedModel

from harness.errors import ModelError
from harness.training.recipe import Recipe


def set_up(model: PreTrainedModel, recipe: Recipe) -> None:
    """Set the attention and gradient checkpointing that a recipe asks for.

    Raises:
        ModelError: The model, or this machine, does not have one of them.
    """
    if recipe.attention != "auto":
        try:
            model.set_attn_implementation(recipe.attention)
        except (ImportError, ValueError) as error:
            reason = str(error).strip().splitlines()[0][:200]
            raise ModelError(
                f"attention {recipe.attention!r} cannot be used here ({reason}); take sdpa or auto"
            ) from error
    if recipe.gradient_checkpointing:
        if not model.supports_gradient_checkpointing:
            raise ModelError(
                f"{type(model).__name__} has no gradient_checkpointing; lower batch_size instead"
            )
        model.activation_checkpointing_enable({"use_reentrant": False})
