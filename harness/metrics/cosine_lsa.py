"""Cosines of answer and reference as a second encoder sees them, one that did not retrieve.

Where one encoder retrieves and scores, an answer that repeats what was retrieved may be near the
reference for that reason alone. The same metric by latent semantic analysis of the corpus shows
how much of a difference that is.
"""

from collections.abc import Sequence

from harness.metrics.cosine import Cosine, CosineCoverage
from harness.metrics.lsa import Lsa


class CosineLsa(Cosine):
    """As `cosine`, by latent semantic analysis.

    Args:
        texts: The texts of the corpus.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        super().__init__(Lsa(texts))
        self.signature = self.signature.replace("cosine|", "cosine_lsa|", 1)


class CosineCoverageLsa(CosineCoverage):
    """As `cosine_coverage`, by latent semantic analysis.

    Args:
        texts: The texts of the corpus.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        super().__init__(Lsa(texts))
        self.signature = self.signature.replace("cosine_coverage|", "cosine_coverage_lsa|", 1)
