"""An arm is weights x context x prompt: what is asked and read, and how the answer comes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from harness.files import digest
from harness.protocols import Generator
from harness.text.prompt import Prompt
from harness.timing import Stopwatch
from harness.types import Completion, ContextType, Failure, Hit, Prediction, Question, Request

Contexts = Mapping[str, tuple[Hit, ...] | None]
"""Question id to the passages to read; None where the context type does not apply."""


class Answerer(Protocol):
    """Whatever answers many questions at once: a model's arm or somebody else's pipeline."""

    @property
    def batch_size(self) -> int:
        """How many questions to hand over at a time."""
        ...

    def answer_many(
        self, questions: Sequence[Question], contexts: Contexts, watch: Stopwatch
    ) -> list[Prediction]:
        """Return one prediction per question, in order; books the model's time as `model`."""
        ...


NOT_ASKED = "not applicable: there is nothing for this arm to read"
"""The warning of a prediction for which no model was asked."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that fits the window, with the passages that stayed in it."""

    request: Request
    hits: tuple[Hit, ...]
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Arm:
    """Weights (in the generator) x context x prompt, with a decoding and a seed."""

    name: str
    generator: Generator
    prompt: Prompt
    context: ContextType
    max_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0

    @property
    def batch_size(self) -> int:
        """What the generator asks for."""
        return self.generator.batch_size

    def ask(self, question: Question, hits: Sequence[Hit]) -> Asked | Failure:
        """Return the request for a question; what does not fit is cut from the last passage on.

        The question is never cut: one that does not fit alone is a failure.
        """
        kept = tuple(hits)
        if self._excess(question, kept) > 0:
            if self._excess(question, ()) > 0:
                return Failure(
                    "question too long",
                    f"question {question.id!r} and {self.max_tokens} tokens of answer exceed the "
                    f"window of {self.generator.window} tokens",
                )
            kept = self._longest_that_fits(question, kept)
        warning = ""
        if len(kept) < len(hits) and self.context != "whole":
            warning = f"context cut: {len(kept)} of {len(hits)} passages fit the window"
        elif hits and kept and kept[-1].chunk != hits[len(kept) - 1].chunk:
            warning = "context cut: the last passage was shortened to fit the window"
        return Asked(self._request(question, kept), kept, warning)

    def answer_many(
        self, questions: Sequence[Question], contexts: Contexts, watch: Stopwatch
    ) -> list[Prediction]:
        """Return one prediction per question, in order; a failure is a prediction too.

        A question whose context is None is not asked, and its row says so.
        """
        asked: list[Asked | Failure | None] = []
        for question in questions:
            hits = contexts.get(question.id, ())
            asked.append(None if hits is None else self.ask(question, hits))
        requests = [(i, a) for i, a in enumerate(asked) if isinstance(a, Asked)]
        outcomes: dict[int, Completion | Failure] = {
            i: a for i, a in enumerate(asked) if isinstance(a, Failure)
        }
        with watch.span("model"):
            for j, outcome in self.generator.complete_many([a.request for _, a in requests]):
                outcomes[requests[j][0]] = outcome
        return [self._prediction(q, asked[i], outcomes.get(i)) for i, q in enumerate(questions)]

    def answer(self, question: Question, hits: Sequence[Hit], watch: Stopwatch) -> str:
        """Answer one question alone, booking `prompt`, `first_token` and `decode`.

        A question that cannot be asked gives an empty answer: its time is what was spent.
        """
        with watch.span("prompt"):
            asked = self.ask(question, hits)
        if isinstance(asked, Failure):
            return ""
        pieces = self.generator.stream(asked.request)
        with watch.span("first_token"):
            text = next(pieces, "")
        with watch.span("decode"):
            return (text + "".join(pieces)).strip()

    def _request(self, question: Question, hits: Sequence[Hit]) -> Request:
        seed = int(digest([self.seed, question.id]), 16) % 2**31 if self.temperature else 0
        messages = self.prompt.messages(question.text, hits)
        return Request(messages, self.max_tokens, self.temperature, self.top_p, seed)

    def _excess(self, question: Question, hits: Sequence[Hit]) -> int:
        """Return by how many tokens the prompt and its answer exceed the window, if at all."""
        window = self.generator.window
        if window is None:
            return 0
        length = self.generator.count_tokens(self.prompt.messages(question.text, hits))
        return 0 if length is None else max(0, length + self.max_tokens - window)

    def _longest_that_fits(self, question: Question, hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
        """Return the first hits that fit; where not even one does, the start of the first."""
        fits, over = 0, 1
        while over < len(hits) and self._excess(question, hits[:over]) == 0:
            fits, over = over, 2 * over
        over = min(over, len(hits))
        while over - fits > 1:
            middle = (fits + over) // 2
            fits, over = (fits, middle) if self._excess(question, hits[:middle]) else (middle, over)
        if fits:
            return hits[:fits]
        low, high = 0, len(hits[0].chunk.text)
        while high - low > 1:
            middle = (low + high) // 2
            short = self._excess(question, (_shortened(hits[0], middle),)) == 0
            low, high = (middle, high) if short else (low, middle)
        return (_shortened(hits[0], low),) if low else ()

    def _prediction(
        self,
        question: Question,
        asked: Asked | Failure | None,
        outcome: Completion | Failure | None,
    ) -> Prediction:
        blank = Prediction(self.name, self.seed, question.split, question.id, "")
        if isinstance(asked, Asked):
            ids = tuple(hit.chunk.id for hit in asked.hits)
            blank = replace(blank, passages=ids, warning=asked.warning)
        if outcome is None:
            return replace(blank, warning=NOT_ASKED)
        if isinstance(outcome, Failure):
            return replace(blank, failure=outcome)
        return replace(
            blank,
            text=outcome.text.strip(),
            tokens_in=outcome.tokens_in,
            tokens_out=outcome.tokens_out,
            truncated=outcome.truncated,
        )


def _shortened(hit: Hit, length: int) -> Hit:
    chunk = hit.chunk
    return replace(hit, chunk=replace(chunk, text=chunk.text[:length], end=chunk.start + length))
