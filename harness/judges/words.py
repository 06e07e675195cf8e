"""A text as a set of comparable words: stems of content words, numbers, names."""

import re
from functools import lru_cache
from typing import NamedTuple

import Stemmer

from harness.text.normalize import tokens

_NAME = re.compile(r"(?<=[\w,;)] )[A-Z][\w’'-]*\w")
_FUNCTION_WORDS = (
    "a about above after again all also although am an and any are as at be because been before "
    "being below between both but by can could did do does doing during each either else ever "
    "few for from further had has have having he her here hers herself him himself his how "
    "however i if in into is it its itself just may me might more most much must my neither no "
    "nor not now of off often on once one only or other our out over own per rather s same she "
    "should since so some such t than that the their them then there these they this those "
    "though through thus to too under until up upon us very was we were what when where whether "
    "which while who whom whose why will with within without would you your yes according text "
    "passage passages"
)

NUMBER_WORDS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen", "twenty",
)  # fmt: skip


class Words(NamedTuple):
    """The content words of a claim; numbers and names are among them."""

    all: frozenset[str]
    numbers: frozenset[str]
    names: frozenset[str]


@lru_cache(maxsize=8192)
def words_of(claim: str) -> Words:
    """Return the words of a claim; a name is capitalised and does not begin the claim.

    >>> words_of("The Norvik 3 weighs 12 kg.").numbers == {"3", "12"}
    True
    """
    words = content(claim)
    names = frozenset(n for name in _NAME.findall(claim) for n in content(name))
    return Words(words, frozenset(w for w in words if w[-1].isdigit() or w[0].isdigit()), names)


@lru_cache(maxsize=8192)
def content(text: str) -> frozenset[str]:
    """Return the stems of the words of a text that are no function words."""
    return frozenset(_stem(word) for word in tokens(text) if word not in _SKIPPED)


@lru_cache(maxsize=65536)
def _stem(word: str) -> str:
    return str(_STEMMER.stemWord(word))


_SKIPPED = frozenset(_FUNCTION_WORDS.split())
_STEMMER = Stemmer.Stemmer("english")
