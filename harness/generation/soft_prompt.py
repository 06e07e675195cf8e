"""Soft prompts: trained vectors that a model reads as tokens before every prompt."""

from typing import Any

import torch
from torch import nn
from transformers import PreTrainedModel


def install_soft_prompt(model: PreTrainedModel, vectors: torch.Tensor) -> list[int]:
    """Give the model's embedding these vectors as further ids, and return the ids.

    A prompt that begins with them reads the vectors first. The output head does not know them,
    so they are never written.

    Args:
        model: Any model with an input embedding; changed in place.
        vectors: Shape (n, width of an embedding).
    """
    embedding = model.get_input_embeddings()
    soft = SoftEmbedding(embedding, vectors)
    model.set_input_embeddings(soft)
    return list(range(soft.first, soft.first + len(vectors)))


class SoftEmbedding(nn.Module):
    """An embedding whose last ids are vectors of their own."""

    def __init__(self, embedding: nn.Module, vectors: torch.Tensor) -> None:
        super().__init__()
        self.embedding = embedding
        table: Any = embedding.weight
        self.first = int(table.shape[0])
        """The first id that stands for a vector."""
        self.register_buffer("vectors", vectors.detach().to(table.device, table.dtype))

    @property
    def weight(self) -> torch.Tensor:
        """The table of the ordinary ids, (vocabulary, width)."""
        table: Any = self.embedding.weight
        assert isinstance(table, torch.Tensor)
        return table

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Return the embeddings, (..., width)."""
        soft = ids >= self.first
        found: torch.Tensor = self.embedding(ids.masked_fill(soft, 0))
        if soft.any():
            vectors = self.get_buffer("vectors")
            found = torch.where(
                soft[..., None], vectors[(ids - self.first).clamp(min=0)].to(found.dtype), found
            )
        return found
