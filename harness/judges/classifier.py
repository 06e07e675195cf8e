"""A pair classifier: MiniLM, adapted to read a claim together with a text."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from harness.judges.encoder import WIDTH, Encoder, batches, collate, framed
from harness.judges.workers import side_by_side

Reading = tuple[Sequence[int], Sequence[int]]
"""Word pieces of a claim, and of the text that might say so."""

RANK, HIDDEN, DROPOUT = 32, 64, 0.1


class PairClassifier(Encoder):
    """Gives a (claim, text) pair a logit: how surely the text says what the claim says.

    It reads "[CLS] claim [SEP] text [SEP]"; the logit comes from the first state and the means of
    the states of either part.
    """

    def __init__(self) -> None:
        super().__init__(RANK)
        self.drop = nn.Dropout(DROPOUT)
        self.hidden = nn.Linear(3 * WIDTH, HIDDEN)
        self.out = nn.Linear(HIDDEN, 1)

    def forward(self, tokens: Tensor, parts: Tensor) -> Tensor:
        """Return a logit for each text, as `Encoder.states` takes them."""
        last = self.states(tokens, parts)[-1].float()
        inside = [(parts == part)[:, :, None].float() for part in (0, 1)]
        means = [(last * one).sum(1) / one.sum(1) for one in inside]
        states = self.drop(torch.cat([last[:, 0], *means], 1))
        logits: Tensor = self.out(self.drop(torch.tanh(self.hidden(states)))).squeeze(-1)
        return logits

    def logits(self, pairs: Sequence[Reading], batch_size: int) -> list[float]:
        """Return a logit for each pair; it does not depend on the other pairs."""
        texts = [framed(claim, text) for claim, text in pairs]
        plan = list(batches(texts, batch_size))

        def read(batch: list[int]) -> list[float]:
            with torch.inference_mode():
                logits: list[float] = self(*collate([texts[i] for i in batch])).tolist()
            return logits

        found = [0.0] * len(pairs)
        for batch, logits in zip(plan, side_by_side(read, plan), strict=True):
            for i, logit in zip(batch, logits, strict=True):
                found[i] = logit
        return found
