"""How a model is asked to expand a question: a diff of this file is a diff of the retrievers."""

from harness.types import Message

PASSAGE = (
    "Write a short passage, as it could stand in a manual or an encyclopaedia, that answers the "
    "question. Write the passage only. If you do not know the facts, make them up.\n\n"
    "Question: {question}\nPassage:"
)
"""HyDE: what is made up is searched with, and never shown to anybody."""

QUESTIONS = (
    "Ask the question below in {n} other ways, with other words where you can, so that a search "
    "finds what the first wording would miss. One question per line, nothing else.\n\n"
    "Question: {question}\nOther ways:"
)
"""Multi-query."""


def filled(prompt: str, question: str, n: int) -> tuple[Message, ...]:
    """Return a prompt as one turn of a chat; braces in the question mean nothing.

    >>> filled("{n} of {question}", "a {n}?", 2)[0].text
    '2 of a {n}?'
    """
    text = prompt.replace("{n}", str(n)).replace("{question}", question)
    return (Message("user", text),)
