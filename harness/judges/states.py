"""Texts as MiniLM sees them: a vector for each word piece in its context, and one for the whole."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import torch

from harness.judges.encoder import Encoder, batches, collate, framed
from harness.judges.workers import side_by_side
from harness.protocols import Vectors

Pieces = tuple[int, ...]

_LAYER = 4
"""Of six; for telling whether two words mean the same, the middle layers serve best."""

_MOST = 16_384
"""Texts held at a time: about 300 MB."""


class State(NamedTuple):
    """All vectors have unit length."""

    pieces: Vectors
    """Shape (pieces, 384)."""
    whole: Vectors
    """Shape (384,): the text's embedding, as for retrieval."""


class States:
    """Encodes each text once, as long as there is room."""

    def __init__(self) -> None:
        self._encoder = Encoder()
        self._encoder.quantise()
        self._known: dict[Pieces, State] = {}

    def of(self, texts: Iterable[Pieces], batch_size: int) -> dict[Pieces, State]:
        """Return the state of each different text; it does not depend on the others."""
        wanted = dict.fromkeys(texts)
        new = [text for text in wanted if text not in self._known]
        if len(self._known) + len(new) > _MOST:
            self._known = {t: s for t, s in self._known.items() if t in wanted}
        inputs = [framed(text) for text in new]

        def read(batch: list[int]) -> list[State]:
            with torch.inference_mode():
                states = self._encoder.states(*collate([inputs[i] for i in batch]))
            lengths = [len(new[i]) + 2 for i in batch]
            return [_state(states, row, length) for row, length in enumerate(lengths)]

        plan = list(batches(inputs, batch_size))
        for batch, states in zip(plan, side_by_side(read, plan), strict=True):
            self._known.update(zip((new[i] for i in batch), states, strict=True))
        return {text: self._known[text] for text in wanted}


def _state(states: Sequence[torch.Tensor], row: int, length: int) -> State:
    pieces = torch.nn.functional.normalize(states[_LAYER - 1][row, 1 : length - 1], dim=-1)
    whole = torch.nn.functional.normalize(states[-1][row, :length].mean(0), dim=-1)
    return State(pieces.numpy(), whole.numpy())
