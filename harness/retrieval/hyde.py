"""HyDE: search with a passage that a model made up (Gao et al. 2022)."""

from collections.abc import Sequence
from math import fsum

from harness.protocols import Generator, Retriever
from harness.retrieval.expanding import Expanding
from harness.retrieval.expansion_prompts import PASSAGE, filled
from harness.types import Hit, Request

_TEMPERATURE = 0.7
"""Several passages are sampled, as in the paper; a single one is the likeliest."""


class HyDE(Expanding):
    """Ranks by the mean score over the question and the passages that a model made up for it.

    With `dense` that is the cosine with the mean of their vectors, as in the paper; with `bm25`
    the score of all their words together, over the number of texts. A passage that is not among
    the first `depth` for one of the texts has the last one's score there.
    """

    def __init__(
        self,
        of: Retriever | Sequence[Retriever],
        model: Generator,
        n: int = 1,
        depth: int = 200,
        max_tokens: int = 96,
    ) -> None:
        """Keep the parts.

        Args:
            of: The retriever that is searched.
            model: Makes up the passages.
            n: How many passages for a question.
            depth: How many hits of each text are joined, or k where that is more.
            max_tokens: Most tokens of a passage.

        Raises:
            ConfigError: A number is below 1.
        """
        super().__init__(of, model, "hyde", n, depth, max_tokens)

    def _requests(self, question: str) -> list[Request]:
        messages = filled(PASSAGE, question, self._n)
        temperature = _TEMPERATURE if self._n > 1 else 0.0
        return [
            Request(messages, self._max_tokens, temperature, seed=seed) for seed in range(self._n)
        ]

    def _texts(self, question: str, written: str) -> list[str]:
        return [written.strip()] if written.strip() else []

    def _joined(self, rankings: Sequence[Sequence[Hit]], depth: int) -> list[Hit]:
        lowest = [row[-1].score if len(row) >= depth else 0.0 for row in rankings]
        scores = [{hit.chunk.id: hit.score for hit in ranking} for ranking in rankings]
        chunks = {hit.chunk.id: hit.chunk for ranking in rankings for hit in ranking}
        return [
            Hit(
                chunk,
                fsum(known.get(id, low) for known, low in zip(scores, lowest, strict=True))
                / len(rankings),
            )
            for id, chunk in chunks.items()
        ]
