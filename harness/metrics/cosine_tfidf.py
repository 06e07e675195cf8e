"""Cosine of answer and reference over weighted words: the similarity that needs no model."""

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from itertools import chain

import numpy as np
from scipy.sparse import csr_array

from harness.files import digest
from harness.metrics.mean import BestOfReferences, Mean
from harness.metrics.words import plain_words
from harness.stats import Numbers
from harness.types import Case, Stats


class CosineTfidf(Mean):
    """TF-IDF similarity, best over the references, from 0 to 1; an empty answer scores 0.

    Document frequencies come from fixed texts where they are given. Otherwise they come from
    the references of the questions that are scored together, so that value depends on which
    questions a run has; the signature says which. A word that those texts do not hold weighs
    most: an invented word costs something.

    Args:
        texts: What document frequencies are counted on, such as the texts of the corpus.
    """

    def __init__(self, texts: Sequence[str] = ()) -> None:
        self._texts = tuple(texts)
        fit = f"{len(texts)} texts {digest(self._texts)}" if texts else "references"
        self.signature = f"cosine_tfidf|refs:best|idf:smooth, of {fit}|norm:l2|tok:words"

    def measure(self, cases: Sequence[Case]) -> list[Stats | None]:
        """Return (cosine, 1) per case."""
        if self._texts:
            return self._fixed.measure(cases)
        references = {case.question.id: case.question.answers for case in cases}
        return _Weighted([" ".join(texts) for texts in references.values()]).measure(cases)

    def value(self, case: Case) -> float:
        """Return the best cosine over the references, for one case on its own."""
        [row] = self.measure([case])
        return row[0] if row else 0.0

    @cached_property
    def _fixed(self) -> "_Weighted":
        return _Weighted(self._texts)


class _Weighted(BestOfReferences):
    """Cosines under the weights that one set of texts gives to words, as in scikit-learn.

    A word weighs its occurrences times ln((1 + texts) / (1 + texts that hold it)) + 1.
    """

    signature = ""

    def __init__(self, texts: Sequence[str]) -> None:
        self._holding = Counter(chain.from_iterable(set(plain_words(text)) for text in texts))
        self._texts = len(texts)

    def compare(self, said: Sequence[str], references: Sequence[str]) -> Numbers:
        row = {text: i for i, text in enumerate(dict.fromkeys((*said, *references)))}
        vectors = self._vectors(list(row))
        ours, theirs = vectors[[row[t] for t in said]], vectors[[row[t] for t in references]]
        return np.asarray(np.minimum(1.0, ours.multiply(theirs).sum(axis=1)))

    def _vectors(self, texts: Sequence[str]) -> csr_array:
        """Return a row of unit length per text, of zeros where a text has no words."""
        words = [plain_words(text) for text in texts]
        number: dict[str, int] = {}
        columns = [number.setdefault(word, len(number)) for of_text in words for word in of_text]
        ends = np.cumsum([0, *map(len, words)])
        counts = csr_array((np.ones(len(columns)), columns, ends), (len(texts), len(number)))
        counts.sum_duplicates()
        holding = np.array([self._holding[word] for word in number], float)
        counts.data *= (np.log((1 + self._texts) / (1 + holding)) + 1)[counts.indices]
        length = np.sqrt(counts.power(2).sum(axis=1))
        counts.data /= np.repeat(length, np.diff(counts.indptr))
        return counts
