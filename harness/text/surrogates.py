"""Halves of a character that stand alone: JSON can hold them, UTF-8 and tokenizers cannot."""

import re

_LONE = re.compile("[\ud800-\udfff]")


def without_surrogates(text: str) -> str:
    r"""Return the text with U+FFFD for every lone surrogate, so that offsets stay.

    >>> without_surrogates("a\udc80b")
    'a\ufffdb'
    """
    return text if text.isascii() else _LONE.sub("\ufffd", text)
