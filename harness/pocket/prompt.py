"""The one prompt format of pocket; the template `plain` of the harness writes the same."""

from collections.abc import Sequence


def question_part(question: str, *, first: bool) -> str:
    """Return what stands between the passages and the answer."""
    return f"{'' if first else chr(10) * 2}Question: {question}\nAnswer:"


def prompt(passages: Sequence[str], question: str) -> str:
    """Return the prompt of one question; each passage already carries its title."""
    return "\n".join(passages) + question_part(question, first=not passages)
