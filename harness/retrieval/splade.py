"""Learned sparse retrieval: weights for words that a text has or implies (Formal et al. 2021)."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from harness.errors import ArtefactError, ConfigError
from harness.files import folder_digest, storage_errors
from harness.retrieval.filtering import Filter, as_text, passing, shown
from harness.retrieval.fingerprint import check_fingerprint, fingerprint, write_fingerprint
from harness.retrieval.model_folder import model_folder, opened
from harness.retrieval.ranking import best, check_k, order_of, tie_break
from harness.text.surrogates import without_surrogates
from harness.timing import Stopwatch
from harness.types import Chunk, Hit

if TYPE_CHECKING:
    from sentence_transformers import SparseEncoder

_FILE = "terms.npz"

_DECIMALS = 4
"""Products differ beyond these by the company a text was embedded in only: equal texts tie."""


class Splade:
    """Ranks passages by the product of sparse vectors, from any SparseEncoder model.

    The index is inverted: for every term the passages that have it. A passage that shares no
    term with the question is no hit, so there may be fewer than k.
    """

    def __init__(
        self,
        model: str,
        revision: str = "",
        device: str = "",
        batch_size: int = 32,
        filter: Filter | None = None,
    ) -> None:
        """Remember where the model is.

        Args:
            model: A folder that `SparseEncoder.save_pretrained` wrote, or a hub id.
            revision: Commit or branch on the hub; empty for its main one.
            device: Such as `cpu` or `cuda:0`; empty for the library's choice.
            batch_size: How many texts of like length are embedded together.
            filter: Metadata of the documents that are searched.

        Raises:
            ConfigError: The batch size is below 1.
        """
        if batch_size < 1:
            raise ConfigError(f"retriever 'splade': batch_size={batch_size} must be at least 1")
        self._name = model
        self._revision = revision
        self._device = device
        self._batch_size = batch_size
        self._where = as_text(filter)
        self._chunks: Sequence[Chunk] = ()

    @property
    def signature(self) -> str:
        """Name and bytes of the model, and the filter."""
        label = Path(self._name).name if Path(self._name).is_dir() else self._name
        return f"splade {label} {folder_digest(self._folder)}{shown(self._where)}"

    def index(self, chunks: Sequence[Chunk], folder: Path) -> int | None:
        """Embed all passages, titles included, and return the tokens that took."""
        made_from = fingerprint(chunks, retriever=self.signature)
        passing(self._where, chunks)
        passages = [without_surrogates(chunk.passage) for chunk in chunks]
        vectors = _as_matrix(self._model.encode_document(passages, **self._how))
        with storage_errors(folder / _FILE):
            sparse.save_npz(folder / _FILE, vectors)
        write_fingerprint(folder, made_from)
        self._keep(chunks, vectors)
        read = self._model.tokenizer(
            passages, truncation=True, max_length=self._model.max_seq_length
        )
        return sum(len(ids) for ids in read["input_ids"])

    def load(self, chunks: Sequence[Chunk], folder: Path) -> None:
        """Read back what `index` left.

        Raises:
            ArtefactError: It was made with another model, or from other chunks, or is damaged.
        """
        check_fingerprint(folder, fingerprint(chunks, retriever=self.signature))
        try:
            vectors = sparse.load_npz(folder / _FILE)
        except Exception as error:  # a torn archive fails in many ways
            raise ArtefactError(
                f"{folder}: the index is damaged ({error}); delete the folder to have it made again"
            ) from error
        self._keep(chunks, vectors)

    def retrieve_many(
        self, questions: Sequence[str], k: int, stopwatch: Stopwatch
    ) -> list[tuple[Hit, ...]]:
        """Return the passages with the highest products, which are above 0."""
        check_k(k)
        with stopwatch.span("embed"):
            if not questions:
                return []
            readable = [without_surrogates(question) for question in questions]
            asked = _as_matrix(self._model.encode_query(readable, **self._how))
        with stopwatch.span("search"):
            products = (asked @ self._passages_of_terms).tocsr()
            return [self._best(products[row].toarray()[0], k) for row in range(len(questions))]

    def _best(self, products: np.ndarray[Any, np.dtype[np.float32]], k: int) -> tuple[Hit, ...]:
        scores = np.where(self._searched, np.round(products, _DECIMALS), 0)
        rows = (int(row) for row in best(scores, self._places, k) if scores[row] > 0)
        return tuple(Hit(self._chunks[row], float(scores[row])) for row in rows)

    def _keep(self, chunks: Sequence[Chunk], vectors: Any) -> None:
        self._searched = passing(self._where, chunks)
        self._chunks = tuple(chunks)
        self._places = order_of([tie_break(chunk) for chunk in chunks])
        self._passages_of_terms = vectors.T.tocsr()

    @property
    def _how(self) -> dict[str, Any]:
        return {
            "batch_size": self._batch_size,
            "show_progress_bar": False,
            "convert_to_sparse_tensor": True,
            "save_to_cpu": True,
        }

    @cached_property
    def _folder(self) -> Path:
        return model_folder(self._name, self._revision, "sparse encoder")

    @cached_property
    def _model(self) -> "SparseEncoder":
        from sentence_transformers import SparseEncoder

        model: SparseEncoder = opened(
            SparseEncoder, self._folder, self._device, f"sparse encoder {self._name!r}"
        )
        return model


def _as_matrix(tensor: Any) -> Any:
    """Return a sparse tensor of torch, shape (texts, terms), as a matrix of scipy."""
    tensor = tensor.coalesce()
    rows, terms = tensor.indices().numpy()
    values = tensor.values().float().numpy()
    return sparse.csr_matrix((values, (rows, terms)), shape=tuple(tensor.shape))
