"""The same text in the same characters: Unicode form, line ends, what cannot be seen."""

import re
import unicodedata
from dataclasses import replace

from harness.pipeline.record import Record

_LINE_ENDS = re.compile(r"\r\n?|[\u0085\u2028\u2029]")
_UNSEEN = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u200b\u2060\ufeff]"
)
_TRAILING = re.compile(r"[ \t\u00a0]+(?=\n)")
_BLANKS = re.compile(r"(?<=\S)[ \t\u00a0]{2,}(?=\S)")
_EMPTY_LINES = re.compile(r"\n{3,}")


def normalized(text: str) -> str:
    r"""Return the text in form NFC, with `\n` line ends, without control characters.

    NFC and not NFKC: that would make 10² a 102. Joiners stay, since scripts and emoji need them.

    >>> normalized("Cafe\u0301\r\n\ufeffopen  all day \r\n\r\n\r\n\r\nsoft\u00adware")
    'Café\nopen all day\n\nsoftware'
    """
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    text = _UNSEEN.sub("", _LINE_ENDS.sub("\n", text))
    text = _BLANKS.sub(" ", _TRAILING.sub("", text))
    return _EMPTY_LINES.sub("\n\n", text).strip()


def normalize(records: list[Record]) -> list[Record]:
    """Return the records with normalised texts."""
    return [
        replace(
            record,
            text=normalized(record.text),
            title=normalized(record.title),
            question=normalized(record.question),
        )
        for record in records
    ]
