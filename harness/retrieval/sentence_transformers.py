"""Embeddings by any model of the sentence-transformers library."""

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from harness.files import folder_digest
from harness.protocols import Vectors
from harness.retrieval.model_folder import model_folder, opened
from harness.text.surrogates import without_surrogates

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class SentenceTransformers:
    """Embeds with a model from a folder, or from the hub by its id.

    The model is loaded when the first text comes: a run whose artefacts are all there never
    pays for it. Threads are left as they are set.
    """

    def __init__(
        self, model: str, revision: str = "", device: str = "", batch_size: int = 32
    ) -> None:
        """Remember where the model is.

        Args:
            model: A folder that `SentenceTransformer.save` wrote, or a hub id.
            revision: Commit or branch on the hub; empty for its main one.
            device: Such as `cpu` or `cuda:0`; empty for the library's choice.
            batch_size: How many texts of like length are embedded together.
        """
        self._name = model
        self._label = Path(model).name if Path(model).is_dir() else model
        self._revision = revision
        self._device = device
        self._batch_size = batch_size

    @cached_property
    def signature(self) -> str:
        """Name and bytes of the model, pooling included, without loading it."""
        return f"{self._label} {folder_digest(self._folder)} pooling={_pooling(self._folder)}"

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._model.get_embedding_dimension() or 0)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return shape (len(texts), dimension), rows of unit length; equal texts, equal rows."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        unique = {text: row for row, text in enumerate(dict.fromkeys(texts))}
        vectors = self._model.encode(
            [without_surrogates(text) for text in unique],
            batch_size=self._batch_size,
            show_progress_bar=False,
            convert_to_numpy=True,
            normalize_embeddings=True,
        )
        return np.asarray(vectors, dtype=np.float32)[[unique[text] for text in texts]]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens the model reads for each text, after its own truncation."""
        if not texts:
            return []
        model = self._model
        readable = [without_surrogates(text) for text in texts]
        encoded = model.tokenizer(readable, truncation=True, max_length=model.max_seq_length)
        return [len(ids) for ids in encoded["input_ids"]]

    def embed_tokens(self, texts: Sequence[str]) -> list[Vectors]:
        """Return for each text the vectors of its tokens, shape (tokens, n), of unit length.

        Special tokens, the one for unknown words included, are left out: there may be none left.
        """
        if not texts:
            return []
        import torch

        unique = {text: row for row, text in enumerate(dict.fromkeys(texts))}
        special = torch.tensor(self._model.tokenizer.all_special_ids)
        vectors = []
        for item in self._model.encode(
            [without_surrogates(text) for text in unique],
            batch_size=self._batch_size,
            show_progress_bar=False,
            output_value=None,
        ):
            ids, read = item["input_ids"].cpu(), item["attention_mask"].cpu().bool()
            kept = item["token_embeddings"].cpu()[read & ~torch.isin(ids, special)]
            vectors.append(torch.nn.functional.normalize(kept, dim=1).numpy())
        return [vectors[unique[text]] for text in texts]

    @cached_property
    def _folder(self) -> Path:
        """The folder of the model, fetched from the hub where it is not a local one."""
        return model_folder(self._name, self._revision, "embedder")

    @cached_property
    def _model(self) -> "SentenceTransformer":
        from sentence_transformers import SentenceTransformer

        from harness.onednn import through_onednn

        model: SentenceTransformer = opened(
            SentenceTransformer, self._folder, self._device, f"embedder {self._name!r}"
        )
        through_onednn(model)
        return model


def _pooling(folder: Path) -> str:
    """Return how token vectors become one, as the model's own files say; mean by default."""
    modules = folder / "modules.json"
    if not modules.is_file():
        return "mean"
    for module in json.loads(modules.read_text(encoding="utf-8")):
        config = folder / module["path"] / "config.json"
        if module["type"].endswith("Pooling") and config.is_file():
            settings = json.loads(config.read_text(encoding="utf-8"))
            if "pooling_mode" in settings:
                return str(settings["pooling_mode"])
            chosen = (key for key, on in settings.items() if key.startswith("pooling_mode") and on)
            # written pooling_mode_mean_tokens, pooling_mode_cls_token before version 6
            return "+".join(key.removeprefix("pooling_mode_").split("_token")[0] for key in chosen)
    return "none"
