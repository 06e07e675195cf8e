"""Embeddings by any model of the sentence-transformers library."""

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import ModelError
from harness.files import folder_digest
from harness.protocols import Vectors

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
            list(unique),
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
        encoded = model.tokenizer(list(texts), truncation=True, max_length=model.max_seq_length)
        return [len(ids) for ids in encoded["input_ids"]]

    @cached_property
    def _folder(self) -> Path:
        """The folder of the model, fetched from the hub where it is not a local one."""
        folder = Path(self._name)
        if folder.is_dir():
            return folder.resolve()
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import (
            HfHubHTTPError,
            HFValidationError,
            LocalEntryNotFoundError,
        )

        try:
            skipped = ["onnx/*", "openvino/*", "*.h5", "*.ot", "*.msgpack"]
            found = snapshot_download(
                self._name, revision=self._revision or None, ignore_patterns=skipped
            )
        except (HFValidationError, HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
            raise ModelError(
                f"embedder {self._name!r}: no such folder, and the hub did not give it "
                f"({type(error).__name__}); check the name, or give the path of a folder"
            ) from error
        return Path(found)

    @cached_property
    def _model(self) -> "SentenceTransformer":
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        from harness.onednn import through_onednn

        shown = logging.is_progress_bar_enabled()
        logging.disable_progress_bar()  # type: ignore[no-untyped-call,unused-ignore]
        try:
            model = SentenceTransformer(
                str(self._folder), device=self._device or None, local_files_only=True
            )
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise ModelError(
                f"embedder {self._name!r}: {self._folder} cannot be loaded by "
                f"sentence-transformers: {error}"
            ) from error
        finally:
            if shown:
                logging.enable_progress_bar()  # type: ignore[no-untyped-call,unused-ignore]
        through_onednn(model)
        return model.eval()


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
