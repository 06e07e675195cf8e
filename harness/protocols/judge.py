"""Answers and passages to verdicts."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from harness.protocols.retrieval import Embedder
from harness.types import Judgement, Statement, Usage


class Judge(Protocol):
    """Says claim by claim whether passages support an answer."""

    @property
    def signature(self) -> str:
        """All that a verdict depends on besides the texts: model, weights, threshold, prompt."""
        ...

    def judge_many(self, statements: Sequence[Statement]) -> Iterator[tuple[int, Judgement]]:
        """Yield (index of the statement, judgement) as they are done, each index once.

        An empty answer, or one that claims nothing, is `no claims`; a refusal is `refusal`.
        Without passages no claim is supported. Trouble of the judge is a status, never raised.
        """
        ...

    def remember(self, folder: Path) -> None:
        """Keep in a folder what costs money or minutes to find out, and never ask for it twice.

        Kept reply by reply, so that a killed run goes on where it was. A judge that is quick
        and our own has nothing to keep.
        """
        ...

    def estimate(self, statements: Sequence[Statement]) -> Usage:
        """Return about what judging these would still take, without asking anybody."""
        ...


@runtime_checkable
class LanguageJudge(Judge, Protocol):
    """A judge with a language model behind it, which the other metrics of ragas can ask too."""

    def score_many(
        self,
        metric: str,
        rows: Sequence[Mapping[str, Any]],
        embedder: Embedder | None = None,
    ) -> Iterator[tuple[int, float | None]]:
        """Yield (index of the row, the number ragas' metric of that name gives it) as done.

        A row holds what the metric wants by its own names: `user_input`, `response`, ...; no
        text in it is empty. None where the judge had trouble.
        """
        ...

    def estimate_scores(self, metric: str, rows: Sequence[Mapping[str, Any]]) -> Usage:
        """Return about what that would still take, without asking anybody."""
        ...
