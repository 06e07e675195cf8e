"""Where the sentences of a text begin and end.

Rules instead of a trained model: the same spans on every machine, no download, and the text may
be clean prose, a manual with headings and bullets, or tokenised words (`the end . Then`).
"""

import re
from collections.abc import Iterator

_TERMINATOR = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’»)\]*_]*+(?=\s)|[。！？]+[」』”’）]*")
_LINE_END = re.compile(r"\n\s*")
_BULLET = re.compile(r"[-*+•▪◦‣·–—#>|]+\s|\(?(?:\d{1,3}|[a-zA-Z])[.)]\s|[•▪◦‣]")
_INLINE_BULLET = re.compile(r"(?<=\s)[•▪◦‣]")
_MARKER_ONLY = re.compile(r"\s*(?:[-*+•▪◦‣·–—#>]\s*)?\(?(?:\d{1,3}|[a-zA-Z])[.)]\s*")
_LAST_WORD = re.compile(r"[^\s\"'“”‘’(\[]+$")
_OPENERS = "\"'“”‘’«([{*_`¿¡„-–—"


def _words(text: str) -> frozenset[str]:
    """Return the set of the words of a text."""
    return frozenset(text.split())


_HARD_WRAP = 50
"""A line at least this long without an end of sentence is taken for wrapped prose."""

_NEVER_LAST = _words(
    "mr mrs ms dr prof rev hon gen col capt lt sgt cmdr adm gov sen rep pres messrs mme mlle "
    "e.g i.e cf vs viz approx ca al resp incl excl fig figs eq eqs vol vols ref refs"
)
"""A full stop after these belongs to them."""

_BEFORE_NUMBERS = _words(
    "no nos p pp sec sect ch chap art para ver v st tel ext min max "
    "jan feb mar apr jun jul aug sep sept oct nov dec"
)
"""A full stop after these belongs to them where a number follows (`No. 5`)."""

_BEFORE_NAMES = _words("st mt ft")
"""A full stop after these belongs to them where a capitalised word follows (`St. Louis`)."""

_STARTERS = _words(
    "the a an this that these those it its he she they we you i his her their our your there "
    "in on at for from to by with as if when while where after before since until although "
    "though because however but and or so yet nor then thus also both each all no not what "
    "who which why how is are was were do does did can will would should may press see use "
    "select patients results"
)
"""Capitalised, these begin a sentence even after an initial or an acronym (`in the U.S. The`)."""

_ACRONYM = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]", re.UNICODE)


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return half-open (start, end) of every sentence, in order, without the space around it.

    Every character that is not white space lies in exactly one span. Headings, bullets and
    table rows on lines of their own are sentences of their own.

    >>> sentence_spans("It weighs 2.5 kg. Ask Dr. Roe!")
    [(0, 17), (18, 30)]
    """
    spans = []
    start = 0
    for end in [*_ends(text), len(text)]:
        piece = text[start:end]
        if stripped := piece.strip():
            left = start + len(piece) - len(piece.lstrip())
            spans.append((left, left + len(stripped)))
        start = end
    return spans


def sentences(text: str) -> list[str]:
    """Return the sentences of the text, in order, stripped.

    >>> sentences("Is it e.g. 5 p.m. today? Yes.")
    ['Is it e.g. 5 p.m. today?', 'Yes.']
    """
    return [text[start:end] for start, end in sentence_spans(text)]


def _ends(text: str) -> Iterator[int]:
    """Yield the offsets at which a sentence has just ended, rising."""
    uncased = not any(c.isupper() for c in text)
    candidates = sorted(
        [(m.end(), m.start(), "stop") for m in _TERMINATOR.finditer(text)]
        + [(m.end(), m.start(), "line") for m in _LINE_END.finditer(text)]
        + [(m.start(), m.start(), "bullet") for m in _INLINE_BULLET.finditer(text)]
    )
    start = 0
    for end, mark, kind in candidates:
        if (
            kind == "bullet"
            or (kind == "line" and _line_ends_sentence(text, start, mark, end))
            or (kind == "stop" and _stop_ends_sentence(text, start, mark, end, uncased=uncased))
        ):
            yield end
            start = end


def _line_ends_sentence(text: str, start: int, mark: int, end: int) -> bool:
    """Return whether the line break text[mark:end] ends the sentence that began at `start`."""
    if text.count("\n", mark, end) > 1 or end >= len(text) or _BULLET.match(text, end):
        return True
    line = text[text.rfind("\n", 0, mark) + 1 : mark].strip()
    if not line or line.endswith((":", ";", "|")) or line.startswith(("#", "|")):
        return True
    if text[end].islower() or line.endswith((",", "-", "–", "(")):
        return False
    return len(line) < _HARD_WRAP and not _MARKER_ONLY.fullmatch(text, start, mark)


def _stop_ends_sentence(text: str, start: int, mark: int, end: int, *, uncased: bool) -> bool:
    """Return whether the terminator text[mark:end] ends the sentence that began at `start`."""
    if text[mark] in "。！？":
        return True
    following = text[end : end + 40].lstrip()
    if not following:
        return True
    following = following.lstrip(_OPENERS) or following
    if following[0].islower() and not uncased:
        return False
    if text[mark] != "." or text[mark : mark + 2] == "..":
        return True
    if _MARKER_ONLY.fullmatch(text, start, end):
        return False
    return not _belongs_to_abbreviation(_last_word(text, start, mark), following)


def _last_word(text: str, start: int, mark: int) -> str:
    """Return the word that the full stop at `mark` touches, empty where there is none."""
    match = _LAST_WORD.search(text[max(start, mark - 24) : mark])
    return match.group() if match else ""


def _belongs_to_abbreviation(word: str, following: str) -> bool:
    """Return whether a full stop after `word` is part of it, given the text behind it."""
    lower = word.lower()
    if lower in _NEVER_LAST:
        return True
    if lower in _BEFORE_NUMBERS and following[0].isdigit():
        return True
    if lower in _BEFORE_NAMES:
        return word[0].isupper()
    if _ACRONYM.fullmatch(word) and (word.isupper() or "." in word):
        if lower in ("a.m", "p.m"):
            return following[0].isdigit()
        head = re.split(r"\W", following, maxsplit=1)[0].lower()
        return head not in _STARTERS
    return False
