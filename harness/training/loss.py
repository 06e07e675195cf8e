"""Cross-entropy of what is learned, without logits for what is not."""

import inspect

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from harness.training.rows import Batch
from harness.training.segments import IGNORED


def learned_loss(model: nn.Module, batch: Batch, *, seq2seq: bool) -> tuple[torch.Tensor, int]:
    """Return the mean loss per learned token, in nats, and how many tokens are learned.

    The output head of a small model costs as much as all its layers, so it is applied to the
    learned positions alone where the model can be told to.
    """
    if seq2seq or has_soft_prompt(model):
        output = model(input_ids=batch.ids, attention_mask=batch.mask, labels=batch.labels)
        return output.loss, int((batch.labels != IGNORED).sum())
    targets = batch.labels[:, 1:]
    kept = torch.zeros_like(batch.mask, dtype=torch.bool)
    kept[:, :-1] = targets != IGNORED
    get_base = getattr(model, "get_base_model", None)
    inner: nn.Module = get_base() if callable(get_base) else model
    selects = "logits_to_keep" in inspect.signature(inner.forward).parameters
    output = model(
        input_ids=batch.ids,
        attention_mask=batch.mask,
        use_cache=False,
        **({"logits_to_keep": kept} if selects else {}),
    )
    logits = output.logits if output.logits.ndim == 2 else output.logits[kept]
    wanted = targets[targets != IGNORED]
    return cross_entropy(logits.float(), wanted), len(wanted)


def has_soft_prompt(model: nn.Module) -> bool:
    """Return whether peft puts vectors before the ids, which shifts every position."""
    config = getattr(model, "active_peft_config", None)
    return config is not None and bool(config.is_prompt_learning)
