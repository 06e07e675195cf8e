"""Processes that train one set of weights together, as `accelerate launch` starts them.

Every process holds the whole model and gets a share of every batch. Gradients are added up
by our own hand, not by torch's wrapper: a share may be empty, and losses are weighted by
learned tokens, so that any number of processes does what one would do.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import nn

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Processes:
    """How many there are, and which of them this is; the first one writes."""

    count: int = 1
    index: int = 0

    @staticmethod
    def here(device: torch.device) -> "Processes":
        """Return what a launcher made of this process: one of several, or the only one.

        On a CPU they talk over gloo, on GPUs over NCCL, where each process has a GPU of its own.
        """
        if int(os.environ.get("WORLD_SIZE", "1")) == 1:
            return ALONE
        state = _state(cpu=device.type == "cpu")
        return Processes(state.num_processes, state.process_index)

    @property
    def first(self) -> bool:
        """Whether this is the process that writes."""
        return self.index == 0

    def device(self, chosen: torch.device) -> torch.device:
        """Return the device of this process where each has a GPU of its own, else the chosen."""
        if self.count == 1 or chosen.type != "cuda":
            return chosen
        found: torch.device = _state().device
        return found

    def share(self, items: Sequence[T]) -> Sequence[T]:
        """Return every count-th item, from the one of this process's index on."""
        return items[self.index :: self.count]

    def summed(self, *numbers: float) -> tuple[float, ...]:
        """Return each number added up over all processes."""
        if self.count == 1:
            return numbers
        return tuple(self._added(torch.tensor(numbers, dtype=torch.float64)).tolist())

    def sum_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Give all processes the sum of their gradients; none counts as zeros."""
        if self.count == 1:
            return
        moving = list(parameters)
        for p in moving:
            if p.grad is None:
                p.grad = torch.zeros_like(p)
        gradients = [p.grad for p in moving if p.grad is not None]
        total = self._added(torch.cat([g.flatten() for g in gradients]))
        start = 0
        for g in gradients:
            g.copy_(total[start : start + g.numel()].view_as(g))
            start += g.numel()

    def from_first(self, value: T) -> T:
        """Return the first process's value; the others' are not looked at."""
        if self.count == 1:
            return value
        from accelerate.utils import broadcast_object_list

        found: T = broadcast_object_list([value])[0]
        return found

    def wait(self) -> None:
        """Return when all processes have come here."""
        if self.count > 1:
            _state().wait_for_everyone()

    def _added(self, numbers: torch.Tensor) -> torch.Tensor:
        state = _state()
        there = numbers.to(state.device)
        torch.distributed.all_reduce(there)
        return there.to(numbers.device)


def _state(**first: bool) -> Any:
    """Return accelerate's state; the first call joins the processes and says on what."""
    from accelerate import PartialState

    return PartialState(**first)


ALONE = Processes()
"""One process, which does all."""
