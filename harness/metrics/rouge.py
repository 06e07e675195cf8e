"""ROUGE F1 (Lin 2004): the numbers of the package rouge-score, for many pairs at once.

Every metric stands twice in the registry, as it is and as `..._stem`, which compares the stems
of words of four letters or more, as rouge-score does with `use_stemmer=True`.
"""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import version
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import LCSseq

from harness.metrics.mean import BestOfReferences
from harness.metrics.ngrams import shared_ngrams
from harness.metrics.subsequence import common_positions
from harness.metrics.words import rouge_words
from harness.stats import Numbers


class RougeN(BestOfReferences):
    """F1 of words (n = 1) or word pairs (n = 2), best over the references."""

    def __init__(self, n: Literal[1, 2] = 1, stemmed: bool = False) -> None:
        self._n, self._stemmed = n, stemmed
        self.signature = f"rouge{n}{_stem(stemmed)}|tok:rouge-score"

    def compare(self, said: Sequence[str], references: Sequence[str]) -> Numbers:
        """Return the F1 of each pair."""
        hits, sizes = _overlap(tuple(said), tuple(references), self._stemmed)
        n = self._n - 1
        return np.asarray(2 * hits[:, n] / np.maximum(np.maximum(0, sizes - n).sum(axis=1), 1))


class RougeL(BestOfReferences):
    """F1 of the longest common subsequence of words, best over the references."""

    def __init__(self, stemmed: bool = False) -> None:
        self._stemmed = stemmed
        self.signature = (
            f"rougeL{_stem(stemmed)}|tok:rouge-score|lcs:rapidfuzz {version('rapidfuzz')}"
        )

    def compare(self, said: Sequence[str], references: Sequence[str]) -> list[float]:
        """Return the F1 of each pair."""
        pairs = zip(said, references, strict=True)
        return [
            rouge_l(rouge_words(ours, self._stemmed), rouge_words(theirs, self._stemmed))
            for ours, theirs in pairs
        ]


class RougeLsum(BestOfReferences):
    """Summary-level F1: union of common subsequences over lines, best over the references.

    As in rouge-score a line is a unit; on texts of one line it equals rougeL.
    """

    def __init__(self, stemmed: bool = False) -> None:
        self._stemmed = stemmed
        self.signature = f"rougeLsum{_stem(stemmed)}|tok:rouge-score|unit:line"

    def compare(self, said: Sequence[str], references: Sequence[str]) -> list[float]:
        """Return the F1 of each pair."""
        pairs = zip(said, references, strict=True)
        return [rouge_l_sum(self._lines(ours), self._lines(theirs)) for ours, theirs in pairs]

    def _lines(self, text: str) -> list[tuple[str, ...]]:
        return [rouge_words(line, self._stemmed) for line in text.split("\n") if line]


def rouge1() -> RougeN:
    """Return ROUGE-1."""
    return RougeN(1)


def rouge2() -> RougeN:
    """Return ROUGE-2."""
    return RougeN(2)


def rouge1_stem() -> RougeN:
    """Return ROUGE-1 of stems."""
    return RougeN(1, stemmed=True)


def rouge2_stem() -> RougeN:
    """Return ROUGE-2 of stems."""
    return RougeN(2, stemmed=True)


def rouge_l_stem() -> RougeL:
    """Return ROUGE-L of stems."""
    return RougeL(stemmed=True)


def rouge_l_sum_stem() -> RougeLsum:
    """Return ROUGE-Lsum of stems."""
    return RougeLsum(stemmed=True)


def rouge_l(said: Sequence[str], reference: Sequence[str]) -> float:
    """Return the F1 of the longest common subsequence, in [0, 1] (Lin 2004, sec. 3.1).

    An empty side scores 0.

    >>> round(rouge_l("the cat sat".split(), "the cat ran".split()), 3)
    0.667
    """
    return _f1(LCSseq.similarity(said, reference), len(said), len(reference))


def rouge_l_sum(said: Sequence[Sequence[str]], reference: Sequence[Sequence[str]]) -> float:
    """Return the F1 of the union of common subsequences over lines (Lin 2004, sec. 3.2).

    Each reference line collects what any line of the answer shares with it, in order; a word
    counts at most as often as it occurs on either side.
    """
    if len(said) <= 1 and len(reference) <= 1:
        return rouge_l([w for s in said for w in s], [w for r in reference for w in r])
    left = Counter(w for line in said for w in line)
    right = Counter(w for line in reference for w in line)
    sizes = left.total(), right.total()
    hits = 0
    for line in reference:
        for i in sorted(set().union(*(common_positions(line, other) for other in said))):
            if left[line[i]] and right[line[i]]:
                hits += 1
                left[line[i]] -= 1
                right[line[i]] -= 1
    return _f1(hits, *sizes)


@lru_cache(maxsize=1)  # ROUGE-1 and ROUGE-2 compare the same texts one after the other
def _overlap(
    said: tuple[str, ...], references: tuple[str, ...], stemmed: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return shared words and word pairs, and the words on either side, each of shape (n, 2)."""
    ours = [rouge_words(text, stemmed) for text in said]
    theirs = [rouge_words(text, stemmed) for text in references]
    sizes = [(len(a), len(b)) for a, b in zip(ours, theirs, strict=True)]
    return shared_ngrams(ours, [[words] for words in theirs], 2), np.array(sizes).reshape(-1, 2)


def _f1(hits: int, said: int, reference: int) -> float:
    return 2 * hits / (said + reference) if hits else 0.0


def _stem(stemmed: bool) -> str:
    """Return what follows the name in a signature."""
    stemmer = f"porter, nltk {version('nltk')}" if stemmed else "no"
    return f"{'_stem' if stemmed else ''}|f1|refs:best|stem:{stemmer}"
