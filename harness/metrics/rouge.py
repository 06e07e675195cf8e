"""ROUGE F1 (Lin 2004): the numbers of the package rouge-score, with a faster LCS."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import version
from itertools import pairwise

from rapidfuzz.distance import LCSseq

from harness.metrics.mean import Mean
from harness.types import Case

_WORD = re.compile(r"[a-z0-9]+")


class RougeN(Mean):
    """F1 of words (n = 1) or word pairs (n = 2), best over the references."""

    def __init__(self, n: int = 1) -> None:
        self._n = n
        self.signature = f"rouge{n}|f1|refs:best|stem:no|tok:rouge-score"

    def value(self, case: Case) -> float:
        """Return the best F1 over the references."""
        said = _ngrams(case.prediction.text, self._n)
        return max(_overlap(said, _ngrams(r, self._n)) for r in case.question.answers)


class RougeL(Mean):
    """F1 of the longest common subsequence of words, best over the references."""

    signature = f"rougeL|f1|refs:best|stem:no|tok:rouge-score|lcs:rapidfuzz {version('rapidfuzz')}"

    def value(self, case: Case) -> float:
        """Return the best F1 over the references."""
        said = _words(case.prediction.text)
        return max(rouge_l(said, _words(r)) for r in case.question.answers)


class RougeLsum(Mean):
    """Summary-level F1: union of common subsequences over lines, best over the references.

    As in rouge-score a line is a unit; on texts of one line it equals rougeL.
    """

    signature = "rougeLsum|f1|refs:best|stem:no|tok:rouge-score|unit:line"

    def value(self, case: Case) -> float:
        """Return the best F1 over the references."""
        said = _lines(case.prediction.text)
        return max(rouge_l_sum(said, _lines(r)) for r in case.question.answers)


def rouge1() -> RougeN:
    """Return ROUGE-1."""
    return RougeN(1)


def rouge2() -> RougeN:
    """Return ROUGE-2."""
    return RougeN(2)


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
        for i in sorted(set().union(*(_common(line, other) for other in said))):
            if left[line[i]] and right[line[i]]:
                hits += 1
                left[line[i]] -= 1
                right[line[i]] -= 1
    return _f1(hits, *sizes)


def _common(line: Sequence[str], other: Sequence[str]) -> set[int]:
    """Return the positions in `line` of one longest common subsequence, rouge-score's choice."""
    lengths = [[0] * (len(other) + 1)]
    for word in line:
        above, row = lengths[-1], [0]
        for j, candidate in enumerate(other):
            row.append(above[j] + 1 if word == candidate else max(above[j + 1], row[j]))
        lengths.append(row)
    found, i, j = set(), len(line), len(other)
    while i and j:
        if line[i - 1] == other[j - 1]:
            i, j = i - 1, j - 1
            found.add(i)
        elif lengths[i][j - 1] > lengths[i - 1][j]:
            j -= 1
        else:
            i -= 1
    return found


def _overlap(said: Counter[tuple[str, ...]], reference: Counter[tuple[str, ...]]) -> float:
    return _f1((said & reference).total(), said.total(), reference.total())


def _f1(hits: int, said: int, reference: int) -> float:
    return 2 * hits / (said + reference) if hits else 0.0


@lru_cache(maxsize=4096)
def _ngrams(text: str, n: int) -> Counter[tuple[str, ...]]:
    words = _words(text)
    return Counter(zip(words, strict=True)) if n == 1 else Counter(pairwise(words))


@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.lower()))


def _lines(text: str) -> list[tuple[str, ...]]:
    return [_words(line) for line in text.split("\n") if line]
