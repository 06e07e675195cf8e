"""An encoder made from the corpus alone: latent semantic analysis (Deerwester et al. 1990).

Word weights, then the directions in which documents differ most. It knows nothing that a
sentence encoder has learned elsewhere, so it can judge answers that such an encoder retrieved.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from harness.errors import DataError
from harness.files import digest
from harness.protocols import Vectors
from harness.text.normalize import tokens

DIMENSIONS = 100
"""As many as the paper found to be enough; fewer where the corpus is smaller."""


class Lsa:
    """Encodes a text as its TF-IDF weights seen along the main directions of a corpus.

    Words that the corpus does not hold are left out; a text of such words alone is the zero
    vector, which is like nothing.

    Args:
        texts: The corpus.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = tuple(texts)
        self.signature = f"lsa of {len(texts)} texts {digest(self._texts)}, {DIMENSIONS} at most"

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._fitted[1].n_components)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return shape (len(texts), dimension), rows of unit length or zero, in the order given."""
        tfidf, svd = self._fitted
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        rows = svd.transform(tfidf.transform(texts))
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        unit = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 1e-12)
        return np.asarray(unit, np.float32)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the words of each text."""
        return [len(tokens(text)) for text in texts]

    @cached_property
    def _fitted(self) -> tuple[Any, Any]:
        """The word weights and the directions.

        Raises:
            DataError: The corpus has no two words to tell apart.
        """
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer

        tfidf = TfidfVectorizer(analyzer=tokens)
        words = len({word for text in self._texts for word in tokens(text)})
        if words < 2:
            raise DataError(
                f"latent semantic analysis needs words: the {len(self._texts)} texts of the "
                f"corpus hold {words}; leave the metric out"
            )
        weights = tfidf.fit_transform(self._texts)
        directions = min(DIMENSIONS, words - 1, len(self._texts))
        svd = TruncatedSVD(n_components=directions, random_state=0).fit(weights)
        return tfidf, svd
