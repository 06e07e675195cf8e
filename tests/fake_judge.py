"""A judge that tests can see through: a sentence is supported where a passage holds it."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from harness import registry
from harness.types import Claim, Judgement, Statement, Usage


class FakeJudge:
    """Has trouble with an answer that says so; its replies are counted, and kept if it may."""

    asked: ClassVar[list[Statement]] = []  # of all instances: a run makes its own

    def __init__(self, model: object = None, strictness: int = 0) -> None:
        self.calls = int(model is not None)
        self.strictness = strictness

    @property
    def signature(self) -> str:
        return f"judge:fake|strictness:{self.strictness}"

    def judge_many(self, statements: Sequence[Statement]) -> Iterator[tuple[int, Judgement]]:
        for i in reversed(range(len(statements))):  # any order is allowed
            FakeJudge.asked.append(statements[i])
            yield i, self._judge(statements[i])

    def remember(self, folder: Path) -> None:
        self.folder = folder

    def estimate(self, statements: Sequence[Statement]) -> Usage:
        tokens = sum(len(" ".join((s.answer, *s.passages)).split()) for s in statements)
        n = self.calls * len(statements)
        return Usage(n, self.calls * tokens, 10 * n)

    def _judge(self, statement: Statement) -> Judgement:
        said = statement.answer
        if "broken" in said:
            return Judgement("judge error", message="no JSON in the reply")
        if "slow" in said:
            return Judgement("timeout", message="no reply in 30 s")
        if said == "I do not know.":
            return Judgement("refusal")
        parts = [part.strip(" .") for part in said.split(". ") if part.strip(" .")]
        claims = tuple(_claim(part, statement.passages, self.strictness) for part in parts)
        return Judgement("ok" if claims else "no claims", claims)


def _claim(text: str, passages: Sequence[str], strictness: int) -> Claim:
    for i, passage in enumerate(passages):
        if not strictness and (start := passage.find(text)) >= 0:
            return Claim(text, True, 0.9, i, start, start + len(text))
    return Claim(text, False, 0.1)


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `judge: fake` mean the fake judge, and forget what was asked so far."""
    table = {**registry.names("judge"), "fake": "tests.fake_judge:FakeJudge"}
    known = registry.names
    monkeypatch.setattr(registry, "names", lambda kind: table if kind == "judge" else known(kind))
    monkeypatch.setattr(FakeJudge, "asked", [])
