"""METEOR (Lavie & Agarwal 2007) by NLTK, with synonyms only where WordNet is on this machine."""

from functools import lru_cache
from importlib.metadata import version
from typing import Protocol

import nltk
from nltk.stem.porter import PorterStemmer
from nltk.translate.meteor_score import meteor_score

from harness.metrics.mean import Mean
from harness.text.normalize import tokens
from harness.types import Case


class Meteor(Mean):
    """Harmonic mean of precision and recall of aligned words, less a penalty for their order.

    Words match exactly, by stem, or as synonyms in WordNet. WordNet is never downloaded: where
    it is absent the signature says `match:exact+stem` and the numbers are a little lower. The
    penalty is never 0, so a perfect answer of m words scores 1 - 0.5 / m^3 and not 1.
    """

    def __init__(self) -> None:
        self._stemmer = _Stemmer()
        self._synonyms, match = _synonyms()
        self.signature = f"meteor|refs:best|match:{match}|tok:words|nltk {version('nltk')}"

    def value(self, case: Case) -> float:
        """Return the best score over the references."""
        said = tokens(case.prediction.text)
        references = [tokens(r) for r in case.question.answers]
        return float(meteor_score(references, said, stemmer=self._stemmer, wordnet=self._synonyms))


class _Synonyms(Protocol):
    def synsets(self, word: str) -> list[object]: ...


class _NoSynonyms:
    def synsets(self, word: str) -> list[object]:
        return []


class _Stemmer:
    """Porter's stemmer with a memory: the same words come again and again."""

    def __init__(self) -> None:
        self.stem = lru_cache(maxsize=65536)(PorterStemmer().stem)


def _synonyms() -> tuple[_Synonyms, str]:
    for name in ("corpora/wordnet", "corpora/wordnet.zip"):
        try:
            nltk.data.find(name)
        except LookupError:
            continue
        wordnet: _Synonyms = nltk.corpus.wordnet
        return wordnet, "exact+stem+wordnet"
    return _NoSynonyms(), "exact+stem"
