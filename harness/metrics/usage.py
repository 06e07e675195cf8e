"""Tokens per question, as the generator reported them."""

from collections.abc import Sequence

from harness.stats import Numbers, ratio
from harness.types import Case, ContextType, Question, Stats


class Tokens:
    """The mean number of tokens of a prompt or of a completion.

    A failed answer has no such number, and what a generator does not report is unmeasured,
    never 0. Neither counts towards the mean; the summary says how many there were.

    Args:
        direction: `in` for the prompt, `out` for the completion.
    """

    unit = "tokens"
    higher_is_better = False

    def __init__(self, direction: str) -> None:
        self._out = direction == "out"
        self.signature = f"tokens_{direction}|mean|as reported"

    def applies(self, question: Question, context: ContextType) -> bool:
        """Return True: every answer uses tokens."""
        return True

    def worst(self, question: Question) -> Stats | None:
        """Return None: a failure has no count."""
        return None

    def best(self, question: Question) -> Stats | None:
        """Return None: no number of tokens is the best."""
        return None

    def measure(self, cases: Sequence[Case]) -> list[Stats | None]:
        """Return (tokens, 1) per case, None where they were not reported."""
        counts = [
            case.prediction.tokens_out if self._out else case.prediction.tokens_in for case in cases
        ]
        return [None if n is None else (float(n), 1.0) for n in counts]

    def reduce(self, sums: Numbers) -> Numbers:
        """Return the mean."""
        return ratio(sums)


def tokens_in() -> Tokens:
    """Return the tokens of the prompt."""
    return Tokens("in")


def tokens_out() -> Tokens:
    """Return the tokens of the completion."""
    return Tokens("out")
