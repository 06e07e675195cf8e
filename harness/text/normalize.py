"""Texts to comparable tokens: what counts as the same word, number or answer."""

import re
import string
import unicodedata

_SEPARATED = re.compile(
    r"(?<![\d.,])\d{1,3}(?:([,'’\u00a0\u2009\u202f])\d{3})(?:\1\d{3})*(?!\d|,\d)"
)
_TOKEN = re.compile(
    r"\d+(?:st|nd|rd|th)\b"  # 10th is no 10
    r"|(?<![\w.)\]-])-?\d+(?:[.:/]\d+)*"  # 12, 2.5, 10:30, 1/2, 3.11.7, -5
    r"|\d+(?:[.:/]\d+)*"  # the same right after a word or a hyphen: COVID-19, 3-5, 12kg
    r"|[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]"  # scripts without spaces: a character each
    r"|[^\W\d_][\w]*?(?=[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]|\b)"
    r"|%"
)
_MARKS = re.compile(r"[\u0300-\u036f]")
_DASHES = str.maketrans({"\u2212": "-", "\u2010": "-", "\u2011": "-"})
_ARTICLES = ("a", "an", "the")
_SQUAD_ARTICLES = re.compile(r"\b(a|an|the)\b")
_SQUAD_PUNCTUATION = str.maketrans("", "", string.punctuation)


def tokens(text: str) -> list[str]:
    """Return whole comparable tokens: case, accents and thousands separators do not matter.

    A number is one token with its decimals, sign, and the parts of a time or fraction, so "2"
    is neither in "12" nor in "2.5"; a unit written on to it ("12kg") is a token of its own. "%"
    becomes "percent"; other punctuation and currency signs are dropped.

    >>> tokens("Röntgen's 1,200 m² (−5 °C) took 12kg, 5% by 10:30.")
    ['rontgen', 's', '1200', 'm2', '-5', 'c', 'took', '12', 'kg', '5', 'percent', 'by', '10:30']
    """
    text = _SEPARATED.sub(lambda found: re.sub(r"\D", "", found[0]), text)
    text = unicodedata.normalize("NFKD", text.translate(_DASHES)).casefold()
    text = _MARKS.sub("", text)
    return ["percent" if token == "%" else token for token in _TOKEN.findall(text)]


def has_tokens(text: str, wanted: str) -> bool:
    """Return whether the tokens of `wanted` stand in the text, whole and in a row.

    An article that `wanted` begins with is not asked for. Nothing contains an empty `wanted`.

    >>> has_tokens("It takes 12 hours.", "2 hours"), has_tokens("In 2 hours!", "the 2 hours")
    (False, True)
    """
    return contains_tokens(tokens(text), wanted)


def contains_tokens(said: list[str], wanted: str) -> bool:
    """Return what `has_tokens` does, for a text that is already tokens."""
    needle = tokens(wanted)
    if len(needle) > 1 and needle[0] in _ARTICLES:
        needle = needle[1:]
    return bool(needle) and f" {' '.join(needle)} " in f" {' '.join(said)} "


def squad(text: str) -> str:
    """Return the text as SQuAD compares answers (Rajpurkar et al. 2016, official script).

    Lower case without ASCII punctuation, without a, an, the, with single spaces.

    >>> squad("The  Eiffel Tower!")
    'eiffel tower'
    """
    bare = text.lower().translate(_SQUAD_PUNCTUATION)
    return " ".join(_SQUAD_ARTICLES.sub(" ", bare).split())
