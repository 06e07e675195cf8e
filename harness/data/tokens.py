"""A text to the words by which questions and answers are compared."""

import re

_WORD = re.compile(r"\w+")


def tokens(text: str) -> tuple[str, ...]:
    """Return the words of a text, casefolded, without punctuation; its parts if it has no word.

    >>> tokens("The price is 422 dollars.")
    ('the', 'price', 'is', '422', 'dollars')
    """
    return tuple(_WORD.findall(text.casefold())) or tuple(text.split())
