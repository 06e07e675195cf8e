"""Cosine of answer and reference as one encoder sees them; the signature names the encoder."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from harness.metrics.mean import BestOfReferences
from harness.protocols import Embedder
from harness.stats import Numbers
from harness.text.sentences import sentences


class _Encoded(BestOfReferences):
    """Cosines of the pieces of two texts; each different piece is embedded once."""

    def __init__(self, embedder: Embedder, pieces: Callable[[str], Sequence[str]]) -> None:
        self._embedder, self._pieces = embedder, pieces

    def compare(self, said: Sequence[str], references: Sequence[str]) -> Numbers:
        """Return the value of each pair, 0 where a side has no piece or the value is below 0."""
        pieces = {text: self._pieces(text) for text in (*said, *references)}
        distinct = sorted({piece for of_text in pieces.values() for piece in of_text})
        if not distinct:
            return np.zeros(len(said))
        vectors = self._embedder.embed(distinct).astype(np.float64)
        row = {piece: i for i, piece in enumerate(distinct)}
        at: Mapping[str, list[int]] = {t: [row[p] for p in ps] for t, ps in pieces.items()}
        values = np.array(
            [
                self._value(vectors[at[a]] @ vectors[at[b]].T) if at[a] and at[b] else 0.0
                for a, b in zip(said, references, strict=True)
            ]
        )
        return np.asarray(np.clip(values, 0.0, 1.0))

    @abstractmethod
    def _value(self, cosines: Numbers) -> float:
        """Return the value of two texts from the cosines, shape (pieces said, of reference)."""


class Cosine(_Encoded):
    """Similarity of meaning, best over the references, from 0 (below 0 counts as 0) to 1.

    An empty answer scores 0. The number says little about facts: a right sentence with a wrong
    value is close to its reference (the floor `floor:swapped-value` shows how close).

    Args:
        embedder: The encoder. Where it also retrieves, the table should say so.
    """

    def __init__(self, embedder: Embedder) -> None:
        super().__init__(embedder, lambda text: [text] if text.strip() else [])
        self.signature = f"cosine|refs:best|below 0:0|encoder:{embedder.signature}"

    def _value(self, cosines: Numbers) -> float:
        return float(cosines[0, 0])


class CosineCoverage(_Encoded):
    """How well the answer's sentences are covered by those of a reference, from 0 to 1.

    The mean over the answer's sentences of the best cosine to a sentence of the reference, best
    over the references (the similarity score of Lakatos et al. 2024, arXiv 2403.09727). It is a
    precision: one good sentence of a long reference scores high. An empty answer scores 0.

    Args:
        embedder: The encoder. Where it also retrieves, the table should say so.
    """

    def __init__(self, embedder: Embedder) -> None:
        super().__init__(embedder, sentences)
        self.signature = (
            "cosine_coverage|refs:best|per:sentence said, best of reference|below 0:0|"
            f"encoder:{embedder.signature}"
        )

    def _value(self, cosines: Numbers) -> float:
        return float(cosines.max(axis=1).mean())
