"""How an arm asks: the prompt templates, so that a diff of this file is a diff of the benchmark."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.errors import UnknownName, did_you_mean
from harness.types import Hit, Message

REFUSAL = "The passages do not say."
"""What an arm is trained to answer where its passages do not hold the answer."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A template in four parts, filled by name.

    `passage` knows {n}, {title}, {text} and {passage}, which is the title before the text;
    `with_passages` knows {passages} and {question}; `without_passages` knows {question}. An
    empty `system` is left out.
    """

    with_passages: str
    without_passages: str
    passage: str = "{passage}"
    system: str = ""
    cites: bool = False
    """Whether the answer is asked to cite passages by their numbers."""

    @property
    def numbers(self) -> bool:
        """Whether passages are numbered, so that an answer can cite them."""
        return "{n}" in self.passage

    def messages(self, question: str, hits: Sequence[Hit]) -> tuple[Message, ...]:
        r"""Return the prompt for a question with the passages to read, in the order given.

        >>> TEMPLATES["plain"].messages("Who?", ())
        (Message(role='user', text='Question: Who?\nAnswer:'),)
        """
        if hits:
            passages = "\n".join(self._quote(n, hit) for n, hit in enumerate(hits, start=1))
            text = _fill(self.with_passages, passages=passages, question=question)
        else:
            text = _fill(self.without_passages, question=question)
        system = (Message("system", self.system),) if self.system else ()
        return (*system, Message("user", text))

    def _quote(self, n: int, hit: Hit) -> str:
        chunk = hit.chunk
        return _fill(
            self.passage, n=str(n), title=chunk.title, text=chunk.text, passage=chunk.passage
        )


def prompt(template: str, parts: Mapping[str, Any], where: str) -> Prompt:
    """Return a shipped template with some of its parts replaced.

    Raises:
        UnknownName: No template is called that; `where` says whose it is.
    """
    if template not in TEMPLATES:
        hint = did_you_mean(template, TEMPLATES)
        raise UnknownName(f"{where}: no template is called {template!r}; {hint}")
    return replace(TEMPLATES[template], **parts)


def _fill(template: str, **values: str) -> str:
    """Replace every {name} in one pass, so that braces inside a value stay as they are."""
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], found[0]), template)


TEMPLATES = {
    "plain": Prompt(
        with_passages="{passages}\n\nQuestion: {question}\nAnswer:",
        without_passages="Question: {question}\nAnswer:",
    ),
    "instruct": Prompt(
        system="You answer questions for the readers of a knowledge base, briefly and exactly.",
        passage="[{n}] {passage}",
        with_passages=(
            "Answer the question in one or two sentences from these passages alone. "
            f'If they do not hold the answer, say "{REFUSAL}"\n\n'
            "{passages}\n\nQuestion: {question}"
        ),
        without_passages=(
            "Answer the question in one or two sentences. "
            'If you do not know the answer, say "I do not know."\n\nQuestion: {question}'
        ),
    ),
    "cited": Prompt(
        system="You answer questions for the readers of a knowledge base and name your sources.",
        passage="[{n}] {passage}",
        with_passages=(
            "Answer the question in one or two sentences from these passages alone. At the end "
            "of every sentence, before the full stop, give the numbers of the passages that say "
            "so in square brackets: [2], or [1][3]. Cite no passage that is not needed. "
            f'If the passages do not hold the answer, say "{REFUSAL}" without a number.\n\n'
            "{passages}\n\nQuestion: {question}"
        ),
        without_passages=(
            "Answer the question in one or two sentences. "
            'If you do not know the answer, say "I do not know."\n\nQuestion: {question}'
        ),
        cites=True,
    ),
}
"""`plain` is what `pocket` was trained on; `instruct` suits models with a chat template, and
so does `cited`, which asks for the numbers of the passages behind every sentence."""
