"""Multi-query: search with a question in several wordings, and fuse the rankings."""

import re
from collections.abc import Sequence

from harness.protocols import Generator, Retriever
from harness.retrieval.expanding import Expanding
from harness.retrieval.expansion_prompts import QUESTIONS, filled
from harness.retrieval.fusion import reciprocal_ranks
from harness.types import Hit, Request

_CONSTANT = 60
"""Of reciprocal rank fusion, as in `rrf`."""

_MARK = re.compile(r"^\s*(?:[-*•]|\(?\d{1,2}[.):])\s*")


class MultiQuery(Expanding):
    """Ranks by reciprocal rank fusion over the question and other wordings that a model wrote."""

    def __init__(
        self,
        of: Retriever | Sequence[Retriever],
        model: Generator,
        n: int = 3,
        depth: int = 50,
        max_tokens: int = 128,
    ) -> None:
        """Keep the parts.

        Args:
            of: The retriever that is searched.
            model: Writes the other wordings.
            n: How many of them at most.
            depth: How many hits of each wording are fused, or k where that is more.
            max_tokens: Most tokens of all wordings of a question together.

        Raises:
            ConfigError: A number is below 1.
        """
        super().__init__(of, model, "multi-query", n, depth, max_tokens)

    def _requests(self, question: str) -> list[Request]:
        return [Request(filled(QUESTIONS, question, self._n), self._max_tokens)]

    def _texts(self, question: str, written: str) -> list[str]:
        lines = (_MARK.sub("", line).strip() for line in written.splitlines())
        return [line for line in dict.fromkeys(lines) if line and line != question][: self._n]

    def _joined(self, rankings: Sequence[Sequence[Hit]], depth: int) -> list[Hit]:
        return reciprocal_ranks(rankings, _CONSTANT)
