"""The judge of shared words: quick, the same on every machine, without a model.

A claim is supported when one passage holds every number of it, every name of it, and at least
`COVERAGE` of its content words (stemmed, without function words). That finds swapped values; it
does not see who did what to whom, negation, or a paraphrase in other words.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.judges.claims import Said, claims
from harness.judges.words import content, words_of
from harness.text.refusal import is_refusal
from harness.text.sentences import sentence_spans
from harness.types import Claim, Judgement, Statement, Usage

COVERAGE = 0.7
"""Between .5 and 1 this separates supported from unsupported sentences best, WiCE (Kamoi et al.
2023) and BEGIN (Dziri et al. 2022) taken together: balanced accuracy .70 and .83."""


class Lexical:
    """Judges by the words that claim and passage share."""

    signature = f"judge:lexical|coverage:{COVERAGE}|numbers:all|names:all|per:sentence, one passage"

    def judge_many(self, statements: Sequence[Statement]) -> Iterator[tuple[int, Judgement]]:
        """Yield (index, judgement) in order."""
        for i, statement in enumerate(statements):
            yield i, _judged(statement)

    def remember(self, folder: Path) -> None:
        """Keep nothing: judging again is as quick as reading."""

    def estimate(self, statements: Sequence[Statement]) -> Usage:
        """Return zeros: nobody is asked."""
        return Usage()


def _judged(statement: Statement) -> Judgement:
    if is_refusal(statement.answer):
        return Judgement("refusal")
    found = tuple(_claim(said, statement.passages) for said in claims(statement.answer))
    return Judgement("ok", found) if found else Judgement("no claims")


def _claim(said: Said, passages: Sequence[str]) -> Claim:
    scores = [_score(said.text, passage) for passage in passages]
    if not any(scores):
        return Claim(said.text, False, 0.0)
    best = max(range(len(scores)), key=scores.__getitem__)
    start, end = _span(said.text, passages[best])
    return Claim(said.text, scores[best] >= COVERAGE, scores[best], best, start, end)


def _score(claim: str, passage: str) -> float:
    """Return the share of the claim's words, lowered below `COVERAGE` where a key word lacks."""
    words, source = words_of(claim), content(passage)
    covered = len(words.all & source) / len(words.all)
    keys = words.numbers <= source and words.names <= source
    return covered if keys else covered * COVERAGE


def _span(claim: str, passage: str) -> tuple[int, int]:
    """Return the sentence of the passage that shares most words with the claim."""
    words = words_of(claim).all
    return max(
        sentence_spans(passage),
        key=lambda span: len(words & content(passage[span[0] : span[1]])),
    )
