"""The share of an answer's sentences that a text supports, judged by words alone.

One judge, two targets: the passages an arm read (`faithfulness_retrieved`) and the question's
gold documents (`faithfulness_gold`). A sentence is supported when one passage holds every number
of it, every name of it, and at least `COVERAGE` of its content words (stemmed, without function
words). That is cheap and deterministic and it finds swapped values; it does not see who did what
to whom, negation, or a paraphrase in other words.

What counts as a claim: a sentence with a number, a name or three content words; where no
sentence has that, every sentence. A lead such as "According to the text:" is not part of it. A
refusal claims nothing, so it is judged by the question: 1 where that is unanswerable, 0 where it
is answerable. An empty answer supports nothing: 0. So no answer leaves the denominator, and an
arm cannot gain by refusing.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import Stemmer

from harness.metrics.mean import Mean
from harness.text.normalize import tokens
from harness.text.refusal import is_refusal
from harness.text.sentences import sentences
from harness.types import Case, ContextType, Question, Stats

COVERAGE = 0.7
"""Between .5 and 1 this separates supported from unsupported sentences best, WiCE (Kamoi et al.
2023) and BEGIN (Dziri et al. 2022) taken together: balanced accuracy .70 and .83."""

_CLAIM_WORDS = 3
_SIGNATURE = f"judge:lexical|coverage:{COVERAGE}|numbers:all|names:all|per:sentence, one passage"
_NAME = re.compile(r"(?<=[\w,;)] )[A-Z][\w’'-]*\w")
_LEAD = re.compile(r"^\W*[^\W\d_][a-z’']*(?: [a-z’']+){0,4}:\s+(?=\S)")
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


class Faithfulness(Mean):
    """The mean over questions of the share of answer sentences that are supported."""

    def __init__(self, target: str) -> None:
        self._target = target
        self.signature = f"faithfulness_{target}|{_SIGNATURE}|refusal:1 if unanswerable else 0"

    def applies(self, question: Question, context: ContextType) -> bool:
        """Return whether there is a text to be faithful to: passages read, or gold documents."""
        return bool(question.gold) if self._target == "gold" else context != "none"

    def measure(self, cases: Sequence[Case]) -> list[Stats | None]:
        """Return (share, 1) per case, None for an external arm that told no passages."""
        retrieved = self._target == "retrieved"
        return [
            None
            if retrieved and case.context == "external" and not case.passages
            else (self.value(case), 1.0)
            for case in cases
        ]

    def value(self, case: Case) -> float:
        """Return the share of one answer."""
        said = case.prediction.text
        if is_refusal(said):
            return float(not case.question.answerable)
        return supported_share(said, case.gold if self._target == "gold" else case.passages)


def retrieved() -> Faithfulness:
    """Return faithfulness to the passages that stood in the prompt."""
    return Faithfulness("retrieved")


def gold() -> Faithfulness:
    """Return faithfulness to the question's gold documents, whatever the arm has read."""
    return Faithfulness("gold")


def supported_share(said: str, passages: Sequence[str]) -> float:
    """Return the share of claims in the text that some passage supports; 0 without a claim."""
    parts = [claim for claim in map(_claim, sentences(said)) if claim.words]
    weighty = [c for c in parts if c.numbers or c.names or len(c.words) >= _CLAIM_WORDS]
    claims = weighty or parts
    if not claims:
        return 0.0
    sources = [_source(passage) for passage in passages]
    return sum(any(_supports(s, claim) for s in sources) for claim in claims) / len(claims)


class _Claim(NamedTuple):
    words: frozenset[str]
    numbers: frozenset[str]
    names: frozenset[str]


def _supports(source: frozenset[str], claim: _Claim) -> bool:
    return (
        claim.numbers <= source
        and claim.names <= source
        and len(claim.words & source) >= COVERAGE * len(claim.words)
    )


@lru_cache(maxsize=8192)
def _claim(sentence: str) -> _Claim:
    sentence = _LEAD.sub("", sentence)
    words = _source(sentence)
    names = frozenset(n for name in _NAME.findall(sentence) for n in _source(name))
    return _Claim(words, frozenset(w for w in words if w[-1].isdigit() or w[0].isdigit()), names)


@lru_cache(maxsize=8192)
def _source(text: str) -> frozenset[str]:
    return frozenset(_stem(word) for word in tokens(text) if word not in _SKIPPED)


@lru_cache(maxsize=65536)
def _stem(word: str) -> str:
    return str(_STEMMER.stemWord(word))


_SKIPPED = frozenset(_FUNCTION_WORDS.split())
_STEMMER = Stemmer.Stemmer("english")
