"""Stand-ins for what costs minutes: a generator that is a function of its prompt."""

from collections.abc import Callable, Iterator, Sequence

from harness.types import Chunk, Completion, Failure, Hit, Message, Question, Request


class Scripted:
    """A generator that answers by a function of the prompt and counts words as tokens."""

    def __init__(
        self,
        reply: Callable[[str], str | Failure],
        *,
        window: int | None = None,
        batch_size: int = 4,
    ) -> None:
        self.reply, self._window, self._batch_size = reply, window, batch_size
        self.asked: list[str] = []

    @property
    def window(self) -> int | None:
        return self._window

    @property
    def batch_size(self) -> int:
        return self._batch_size

    def count_tokens(self, messages: Sequence[Message]) -> int:
        return sum(len(m.text.split()) for m in messages)

    def complete_many(
        self, requests: Sequence[Request]
    ) -> Iterator[tuple[int, Completion | Failure]]:
        for i, request in reversed(list(enumerate(requests))):  # any order is allowed
            prompt = request.messages[-1].text
            self.asked.append(prompt)
            reply = self.reply(prompt)
            if isinstance(reply, Failure):
                yield i, reply
            else:
                yield i, Completion(reply, self.count_tokens(request.messages), len(reply.split()))

    def stream(self, request: Request) -> Iterator[str]:
        reply = self.reply(request.messages[-1].text)
        if isinstance(reply, str):
            yield from (word + " " for word in reply.split())


def question(
    i: int | str, text: str = "", *, split: str = "test-new", **fields: object
) -> Question:
    """Return a question with sensible fields."""
    given = {"answers": (f"answer {i}",), "gold": (f"d{i}",), **fields}
    return Question(id=f"q{i}", text=text or f"question {i}?", split=split, **given)  # type: ignore[arg-type]


def hit(document: str, text: str, score: float = 1.0, title: str = "") -> Hit:
    """Return a hit on a document of one chunk."""
    return Hit(Chunk(document, 0, len(text), text, title), score)
