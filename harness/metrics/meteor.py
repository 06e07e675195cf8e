"""METEOR (Lavie & Agarwal 2007), equal to NLTK's, with synonyms only where WordNet is at hand."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache
from importlib.metadata import version
from itertools import pairwise
from typing import Protocol

import nltk

from harness.metrics.mean import BestOfReferences
from harness.metrics.words import plain_words, stem

_ALPHA, _BETA, _GAMMA = 0.9, 3.0, 0.5

Synonyms = Callable[[str], Collection[str]]
"""A word to all words that mean the same, itself among them."""

Places = list[tuple[int, str]]
"""Words with their positions, in order."""


class Meteor(BestOfReferences):
    """Harmonic mean of precision and recall of aligned words, less a penalty for their order.

    Words match exactly, by stem, or as synonyms in WordNet. WordNet is never downloaded: where
    it is absent the signature says `match:exact+stem` and the numbers are a little lower. The
    penalty is never 0, so a perfect answer of m words scores 1 - 0.5 / m^3 and not 1.
    """

    def __init__(self) -> None:
        self._synonyms = _wordnet()
        match = "exact+stem+wordnet" if self._synonyms else "exact+stem"
        self.signature = f"meteor|refs:best|match:{match}|tok:words|as nltk {version('nltk')}"

    def compare(self, said: Sequence[str], references: Sequence[str]) -> list[float]:
        """Return the score of each pair."""
        pairs = zip(said, references, strict=True)
        return [meteor(plain_words(a), plain_words(b), self._synonyms) for a, b in pairs]


def meteor(
    said: Sequence[str], reference: Sequence[str], synonyms: Synonyms | None = None
) -> float:
    """Return the score of words against those of a reference, in [0, 1).

    Words that are equal are aligned first, then stems, then synonyms of the stems, which is
    what NLTK looks up; each time from the end, the last with the last.

    >>> round(meteor("the cat sat".split(), "the cat sat".split()), 4)
    0.9815
    """
    found, left, right = _aligned(list(enumerate(said)), list(enumerate(reference)))
    if left and right:
        left, right = [(i, stem(w)) for i, w in left], [(j, stem(w)) for j, w in right]
        more, left, right = _aligned(left, right)
        found += more
    if left and right and synonyms is not None:
        more, left, right = _aligned(left, right, synonyms)
        found += more
    if not found:
        return 0.0
    precision, recall = len(found) / len(said), len(found) / len(reference)
    mean = precision * recall / (_ALPHA * precision + (1 - _ALPHA) * recall)
    return float(1 - _GAMMA * (_chunks(found) / len(found)) ** _BETA) * mean


def _aligned(
    left: Places, right: Places, synonyms: Synonyms | None = None
) -> tuple[list[tuple[int, int]], Places, Places]:
    """Return the pairs of positions that match, and what is left over on either side."""
    free: defaultdict[str, list[int]] = defaultdict(list)
    for j, word in right:
        free[word].append(j)
    found, rest = [], []
    for i, word in reversed(left):
        if synonyms is not None:
            known = (name for name in synonyms(word) if free.get(name))
            word = max(known, key=lambda name: free[name][-1], default=word)
        if at := free.get(word):
            found.append((i, at.pop()))
        else:
            rest.append((i, word))
    return found, rest[::-1], sorted((j, word) for word, at in free.items() for j in at)


def _chunks(found: list[tuple[int, int]]) -> int:
    """Return into how many runs the pairs fall that go on by one on both sides."""
    return 1 + sum((i + 1, j + 1) != after for (i, j), after in pairwise(sorted(found)))


def _wordnet() -> Synonyms | None:
    """Return the look-up in WordNet, None where it is not on this machine."""
    for name in ("corpora/wordnet", "corpora/wordnet.zip"):
        try:
            nltk.data.find(name)
        except LookupError:
            continue
        return synonyms_in(nltk.corpus.wordnet)
    return None


class _Lemma(Protocol):
    def name(self) -> str: ...


class _Synset(Protocol):
    def lemmas(self) -> Iterable[_Lemma]: ...


class WordNet(Protocol):
    """What of NLTK's reader of WordNet is used."""

    def synsets(self, word: str) -> Iterable[_Synset]:
        """Return the meanings of a word."""
        ...


def synonyms_in(wordnet: WordNet) -> Synonyms:
    """Return the look-up of single words in a WordNet."""

    @lru_cache(maxsize=65_536)
    def synonyms(word: str) -> Collection[str]:
        lemmas = (lemma.name() for meaning in wordnet.synsets(word) for lemma in meaning.lemmas())
        return frozenset((word, *(name for name in lemmas if "_" not in name)))

    return synonyms
