"""Caches of several groups of rows as one, so that prompts are read in small groups.

On a CPU the activations of many long prompts leave its cache and each costs more; writing, one
token a row and step, is cheapest with many rows. So groups read, and their rows write together.
"""

from collections.abc import Sequence
from typing import Any

import torch
from transformers.cache_utils import DynamicCache, LinearAttentionLayer

from harness.generation.roomy import ROOM, RoomyLayer

READ_AT_ONCE = 2_500
"""Prompt tokens that a group reads in one pass."""


def rows_at_once(ids: torch.Tensor) -> int:
    """Return how many of the prompts, (rows, positions), to read in one pass."""
    rows, positions = ids.shape
    return max(1, READ_AT_ONCE // positions) if ids.device.type == "cpu" else rows


def can_join(cache: Any) -> bool:
    """Return whether every layer of a cache keeps plain tensors with one row for each prompt."""
    if type(cache) is not DynamicCache:
        return False
    return all(type(layer) in (RoomyLayer, LinearAttentionLayer) for layer in cache.layers)


def join(caches: Sequence[DynamicCache]) -> DynamicCache:
    """Return the first cache with the rows of the others after its own.

    All have read the same number of positions, padding included.
    """
    first = caches[0]
    for layers in zip(*(cache.layers for cache in caches), strict=True):
        head: Any = layers[0]
        if isinstance(head, RoomyLayer):
            keys, values = [layer.keys for layer in layers], [layer.values for layer in layers]
            head.hold(keys, values, head.get_seq_length() + ROOM)
            continue
        for states in ("conv_states", "recurrent_states"):
            kept = getattr(head, states)
            for index, tensor in kept.items():
                if tensor is not None:
                    kept[index] = torch.cat([getattr(layer, states)[index] for layer in layers])
    return first
