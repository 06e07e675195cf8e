"""What an answer claims: its sentences, without leads and without what states nothing."""

import re
from dataclasses import dataclass

from harness.judges.words import words_of
from harness.text.sentences import sentence_spans

_CLAIM_WORDS = 3
_LEAD = re.compile(r"^\W*[^\W\d_][a-z’']*(?: [a-z’']+){0,4}:\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class Said:
    """A part of an answer that claims something: `answer[start:end] == text`."""

    text: str
    start: int
    end: int


def claims(answer: str) -> tuple[Said, ...]:
    """Return the claims of an answer, in its order.

    A claim is a sentence with a number, a name or three content words; where no sentence has
    that, every sentence with a content word. A lead such as "According to the text:" is no part
    of it.

    >>> [claim.text for claim in claims("Found it: the Norvik weighs 12 kg. Noted with care.")]
    ['the Norvik weighs 12 kg.']
    """
    said = [_said(answer, start, end) for start, end in sentence_spans(answer)]
    worded = [(claim, words) for claim in said if (words := words_of(claim.text)).all]
    weighty = [c for c, w in worded if w.numbers or w.names or len(w.all) >= _CLAIM_WORDS]
    return tuple(weighty or [claim for claim, _ in worded])


def _said(answer: str, start: int, end: int) -> Said:
    if lead := _LEAD.match(answer[start:end]):
        start += lead.end()
    return Said(answer[start:end], start, end)
