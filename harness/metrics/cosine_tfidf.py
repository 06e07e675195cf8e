"""Cosine of answer and reference over weighted words: the similarity that needs no model."""

from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from harness.files import digest
from harness.metrics.mean import Mean
from harness.text.normalize import tokens
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
        references = {case.question.id: case.question.answers for case in cases}
        fit = self._texts or [" ".join(references[i]) for i in sorted(references)]
        texts = sorted({t for c in cases for t in (c.prediction.text, *c.question.answers)})
        words = sorted({word for text in texts for word in tokens(text)})
        if not words:
            return [(0.0, 1.0) for _ in cases]
        tfidf = TfidfVectorizer(vocabulary=words, analyzer=tokens).fit(fit)
        vectors, row = tfidf.transform(texts), {text: i for i, text in enumerate(texts)}
        pairs = [
            (row[case.prediction.text], row[r], i)
            for i, case in enumerate(cases)
            for r in case.question.answers
        ]
        said, reference, case_of = (list(column) for column in zip(*pairs, strict=True))
        cosines = np.asarray(vectors[said].multiply(vectors[reference]).sum(axis=1)).ravel()
        best = np.zeros(len(cases))
        np.maximum.at(best, case_of, cosines)
        return [(min(1.0, float(value)), 1.0) for value in best]

    def value(self, case: Case) -> float:
        """Return the best cosine over the references, for one case on its own."""
        [row] = self.measure([case])
        return row[0] if row else 0.0
