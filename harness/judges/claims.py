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


_SUBJECT = re.compile(
    r"\b(?:i|you|he|she|it|they|we|this|that|these|those|there|my|your|who|what|do|did)\b",
    re.IGNORECASE,
)


def claims(answer: str, *, brief: bool = False) -> tuple[Said, ...]:
    """Return the claims of an answer, in its order.

    A claim is a sentence with a number, a name or three content words; where no sentence has
    that, every sentence with a content word. A lead such as "According to the text:" is no part
    of it.

    Args:
        answer: What was said.
        brief: Count shorter sentences too where somebody or something is spoken of: "I love it.",
            but not "Noted with care.".

    >>> [claim.text for claim in claims("Found it: the Norvik weighs 12 kg. Noted with care.")]
    ['the Norvik weighs 12 kg.']
    """
    said = [_said(answer, start, end) for start, end in sentence_spans(answer)]
    worded = [(claim, words) for claim in said if (words := words_of(claim.text)).all]
    weighty = [
        claim
        for claim, words in worded
        if words.numbers
        or words.names
        or len(words.all) >= _CLAIM_WORDS
        or (brief and _SUBJECT.search(claim.text))
    ]
    return tuple(weighty or [claim for claim, _ in worded])


def _said(answer: str, start: int, end: int) -> Said:
    if lead := _LEAD.match(answer[start:end]):
        start += lead.end()
    return Said(answer[start:end], start, end)
