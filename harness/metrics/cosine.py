"""Cosine of answer and reference as one encoder sees them; the signature names the encoder."""

from collections.abc import Mapping, Sequence

import numpy as np

from harness.metrics.mean import Mean
from harness.protocols import Embedder
from harness.stats import Numbers
from harness.types import Case, Stats


class Cosine(Mean):
    """Similarity of meaning, best over the references, from 0 (below 0 counts as 0) to 1.

    An empty answer scores 0. The number says little about facts: a right sentence with a wrong
    value is close to its reference (the floor `floor:swapped-value` shows how close).

    Args:
        embedder: The encoder. Where it also retrieves, the table should say so.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.signature = f"cosine|refs:best|below 0:0|encoder:{embedder.signature}"

    def measure(self, cases: Sequence[Case]) -> list[Stats | None]:
        """Return (cosine, 1) per case; each different text is embedded once."""
        said = [case.prediction.text for case in cases]
        texts = sorted({*said, *(r for case in cases for r in case.question.answers)})
        vectors = self._embedder.embed(texts).astype(np.float64)
        at = {text: row for text, row in zip(texts, vectors, strict=True)}
        return [(self._best(case, at), 1.0) for case in cases]

    def value(self, case: Case) -> float:
        """Return the best cosine over the references."""
        [row] = self.measure([case])
        return row[0] if row else 0.0

    @staticmethod
    def _best(case: Case, at: Mapping[str, Numbers]) -> float:
        said = case.prediction.text
        if not said.strip():
            return 0.0
        best = max(float(at[said] @ at[r]) for r in case.question.answers)
        return min(1.0, max(0.0, best))
