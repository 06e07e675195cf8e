"""A cache that has room to grow: a written token is put behind the others, not copied with them.

The cache of transformers makes a new copy of all keys and values at every step, which for a batch
with long prompts is a third of the time of writing on a CPU.
"""

from collections.abc import Sequence
from typing import Any

import torch
from transformers.cache_utils import DynamicLayer

ROOM = 64
"""Positions made at a time."""


def give_room(cache: Any) -> None:
    """Let the plain attention layers of a cache grow in place; other layers stay as they are."""
    for layer in getattr(cache, "layers", ()):
        if type(layer) is DynamicLayer:
            layer.__class__ = RoomyLayer


class RoomyLayer(DynamicLayer):  # type: ignore[no-untyped-call]
    """Keys and values, (rows, heads, positions, width), as views of larger tensors."""

    keys: torch.Tensor
    values: torch.Tensor
    _rooms: tuple[torch.Tensor, torch.Tensor] | None = None

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Put states of new positions behind the known ones; return all."""
        start = self.keys.shape[-2]
        end = start + key_states.shape[-2]
        rooms = self._rooms
        # A row order or a cut puts other tensors in place of the views.
        if rooms is None or rooms[0].data_ptr() != self.keys.data_ptr() or rooms[0].shape[-2] < end:
            rooms = self.hold([self.keys], [self.values], end + ROOM)
        for room, new in zip(rooms, (key_states, value_states), strict=True):
            room[..., start:end, :] = new
        self.keys, self.values = (room[..., :end, :] for room in rooms)
        return self.keys, self.values

    def reorder_cache(self, beam_idx: Any) -> None:
        """Keep these rows in this order; those that stay in their place are not copied."""
        rows, rooms = len(beam_idx), self._rooms
        if rooms is None or rows > len(self.keys):
            super().reorder_cache(beam_idx)
            return
        order = beam_idx.to(self.keys.device)
        moved = (order != torch.arange(rows, device=order.device)).nonzero()[:, 0]
        for states in (self.keys, self.values):
            states[moved] = states[order[moved]]
        self._rooms = rooms[0][:rows], rooms[1][:rows]
        self.keys, self.values = self.keys[:rows], self.values[:rows]

    def hold(
        self, keys: Sequence[torch.Tensor], values: Sequence[torch.Tensor], positions: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Keep these rows, one group after the other, with room for so many positions."""
        self._rooms = _with_room(keys, positions), _with_room(values, positions)
        self.keys, self.values = (room[..., : keys[0].shape[-2], :] for room in self._rooms)
        return self._rooms


def _with_room(groups: Sequence[torch.Tensor], positions: int) -> torch.Tensor:
    _, heads, known, width = groups[0].shape
    rows = sum(map(len, groups))
    room = groups[0].new_empty(rows, heads, positions, width)
    start = 0
    for group in groups:
        room[start : start + len(group), :, :known, :] = group
        start += len(group)
    return room
