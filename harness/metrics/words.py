"""A text as the words that a metric compares: cut once per text, shared by every metric.

No rule of the four ways of cutting looks across a space, so what stands between two spaces is cut
on its own and remembered: texts repeat such pieces all the time, which makes cutting several
times as fast.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from itertools import chain

from nltk.stem.porter import PorterStemmer
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

from harness.text.normalize import squad, tokens

Words = tuple[str, ...]

_TEXTS, _PIECES = 32_768, 65_536
"""How many are remembered for each way of cutting; texts of 100 words take some 30 MB."""

_ALPHANUMERIC = re.compile(r"[a-z0-9]+")
_STEMMED_FROM = 4

_PUNCTUATION = r"!-&(-+:-@/\[-`{-~"  # of ASCII, but not ' - , .
_THIRTEEN_A_WORD = re.compile(
    rf"(?:[^\s{_PUNCTUATION}.,-]+|(?<=[0-9])[.,](?=[0-9])|(?<![0-9])-)+|[{_PUNCTUATION}.,-]"
)
_LEFT_TO_SACREBLEU = re.compile(r"[.,][.,]|&")
_THIRTEEN_A: Callable[[str], str] = Tokenizer13a()  # type: ignore[no-untyped-call]
_STEMMER = PorterStemmer()


@lru_cache(maxsize=_TEXTS)
def plain_words(text: str) -> Words:
    """Return the words as `harness.text.normalize` cuts and spells them."""
    return _cut(text, _plain)


@lru_cache(maxsize=_TEXTS)
def squad_words(text: str) -> Words:
    """Return the words of the text as SQuAD compares answers."""
    return _cut(text, _squad)


@lru_cache(maxsize=_TEXTS)
def rouge_words(text: str, stemmed: bool = False) -> Words:
    """Return the words as rouge-score cuts them; of four letters or more the stems, if asked."""
    return _cut(text, _rouge_stems if stemmed else _rouge)


@lru_cache(maxsize=_TEXTS)
def bleu_words(text: str) -> Words:
    """Return the words as the tokeniser 13a of sacreBLEU cuts them."""
    joined = text.rstrip().replace("<skipped>", "").replace("-\n", "")
    return _cut(joined.replace("\n", " "), _thirteen_a)


@lru_cache(maxsize=_PIECES)
def stem(word: str) -> str:
    """Return the stem of a word after Porter (1980), as NLTK extends it."""
    return str(_STEMMER.stem(word))


def _cut(text: str, cut: Callable[[str], Words]) -> Words:
    return tuple(chain.from_iterable(map(cut, text.split(" "))))


@lru_cache(maxsize=_PIECES)
def _plain(piece: str) -> Words:
    return tuple(tokens(piece))


@lru_cache(maxsize=_PIECES)
def _squad(piece: str) -> Words:
    return tuple(squad(piece).split())


@lru_cache(maxsize=_PIECES)
def _rouge(piece: str) -> Words:
    return tuple(_ALPHANUMERIC.findall(piece.lower()))


@lru_cache(maxsize=_PIECES)
def _rouge_stems(piece: str) -> Words:
    return tuple(stem(w) if len(w) >= _STEMMED_FROM else w for w in _rouge(piece))


@lru_cache(maxsize=_PIECES)
def _thirteen_a(piece: str) -> Words:
    """Return the words of a piece.

    The rules of 13a run one after the other over pairs of characters. They can be one pattern,
    except where stops and commas stand next to each other, which are paired from the left.
    """
    if _LEFT_TO_SACREBLEU.search(piece):
        return tuple(_THIRTEEN_A(piece).split())
    return tuple(_THIRTEEN_A_WORD.findall(piece))
