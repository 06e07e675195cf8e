"""Passages ranked again by a model that reads question and passage together."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import ConfigError, ModelError
from harness.files import folder_digest
from harness.protocols import Retriever
from harness.retrieval.members import Wrapped
from harness.retrieval.model_folder import model_folder, opened
from harness.retrieval.ranking import best_hits, check_k
from harness.text.surrogates import without_surrogates
from harness.timing import Stopwatch
from harness.types import Hit

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

_DECIMALS = 5
"""Scores differ beyond these by the company a pair was read in only."""


class Rerank(Wrapped):
    """Ranks the first hits of a retriever by any CrossEncoder of sentence-transformers.

    The score is the model's own, before any sigmoid. The model is loaded with the first question.
    """

    def __init__(
        self,
        of: Retriever | Sequence[Retriever],
        model: str,
        depth: int = 50,
        revision: str = "",
        device: str = "",
        batch_size: int = 32,
    ) -> None:
        """Remember where the model is.

        Args:
            of: The retriever whose hits are ranked again.
            model: A folder that `CrossEncoder.save_pretrained` wrote, or a hub id.
            depth: How many hits are ranked again, or k where that is more.
            revision: Commit or branch on the hub; empty for its main one.
            device: Such as `cpu` or `cuda:0`; empty for the library's choice.
            batch_size: How many pairs of like length are read together.

        Raises:
            ConfigError: A number is below 1.
        """
        super().__init__(of, "rerank")
        if depth < 1 or batch_size < 1:
            raise ConfigError(
                f"retriever 'rerank': depth={depth} and batch_size={batch_size} must be at least 1"
            )
        self._name = model
        self._depth = depth
        self._revision = revision
        self._device = device
        self._batch_size = batch_size

    @property
    def signature(self) -> str:
        """Settings, name and bytes of the model, and the member."""
        label = Path(self._name).name if Path(self._name).is_dir() else self._name
        return (
            f"rerank depth={self._depth} {label} {folder_digest(self._folder)} "
            f"of [{self._of.signature}]"
        )

    def retrieve_many(
        self, questions: Sequence[str], k: int, stopwatch: Stopwatch
    ) -> list[tuple[Hit, ...]]:
        """Return the k best of the first hits, all pairs of all questions in common batches."""
        check_k(k)
        found = self._of.retrieve_many(questions, max(k, self._depth), stopwatch)
        with stopwatch.span("rerank"):
            pairs = dict.fromkeys(
                (question, hit.chunk.passage)
                for question, hits in zip(questions, found, strict=True)
                for hit in hits
            )
            scores = self._scores(list(pairs))
            return [
                best_hits((Hit(h.chunk, scores[question, h.chunk.passage]) for h in hits), k)
                for question, hits in zip(questions, found, strict=True)
            ]

    def _scores(self, pairs: list[tuple[str, str]]) -> dict[tuple[str, str], float]:
        if not pairs:
            return {}
        from torch import nn

        scores = self._model.predict(
            [(without_surrogates(question), without_surrogates(text)) for question, text in pairs],
            batch_size=self._batch_size,
            show_progress_bar=False,
            activation_fn=nn.Identity(),
            convert_to_numpy=True,
        )
        rounded = (round(float(score), _DECIMALS) + 0.0 for score in scores)
        return dict(zip(pairs, rounded, strict=True))

    @cached_property
    def _folder(self) -> Path:
        return model_folder(self._name, self._revision, "reranker")

    @cached_property
    def _model(self) -> "CrossEncoder":
        from sentence_transformers import CrossEncoder

        what = f"reranker {self._name!r}"
        model: CrossEncoder = opened(CrossEncoder, self._folder, self._device, what)
        if model.num_labels != 1:
            raise ModelError(
                f"{what}: it gives a pair {model.num_labels} scores; a reranker gives one"
            )
        return model
