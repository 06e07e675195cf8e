"""The statements of answers with the passages they cite, and what the judge says of the two.

A statement is a sentence in which the judge finds a claim when it reads the whole answer, so that
all metrics of a judge count the same; padding ("Noted with care.") is none. It is supported by
passages where the judge supports all that it claims by them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.protocols import Judge
from harness.text.citations import CitingSentence, cited
from harness.text.normalize import tokens
from harness.types import Case, Claim, Judgement, Statement


@dataclass(frozen=True, slots=True)
class CitingStatement:
    """A statement of an answer."""

    question: str
    text: str
    passages: tuple[str, ...]
    """The passages it cites, in its order."""
    invented: int
    """How many of the numbers it cites belong to no passage."""

    def beside(self, passages: Sequence[str]) -> Statement:
        """Return what the judge is asked to find out whether these passages say so."""
        return Statement(self.question, self.text, tuple(passages))


@dataclass(frozen=True, slots=True)
class CitingAnswer:
    """An answer in statements; `judgement` says why where there are none."""

    judgement: Judgement
    statements: tuple[CitingStatement, ...]
    idle: int
    """How many citations stand at sentences that state nothing."""


def citing_answers(judge: Judge, cases: Sequence[Case]) -> list[CitingAnswer]:
    """Return the answers of arms that cite, in statements; the judge says which those are."""
    found: dict[int, Judgement] = dict(judge.judge_many([whole(case) for case in cases]))
    return [_answer(case, found[i]) for i, case in enumerate(cases)]


def whole(case: Case) -> Statement:
    """Return a whole answer beside all that was read, as faithfulness asks about it too."""
    return Statement(case.question.text, case.prediction.text, case.passages)


def verdicts(judge: Judge, statements: Sequence[Statement]) -> list[bool | None]:
    """Return whether each is supported in all that it claims; None where the judge had trouble.

    What rests on no passage is not supported, and nobody is asked.
    """
    asked = [i for i, statement in enumerate(statements) if statement.passages]
    found: list[bool | None] = [False] * len(statements)
    for n, judgement in judge.judge_many([statements[i] for i in asked]):
        found[asked[n]] = _supported(judgement)
    return found


def _supported(judgement: Judgement) -> bool | None:
    match judgement.status:
        case "ok":
            claims = judgement.claims
            return bool(claims) and all(claim.supported for claim in claims)
        case "no claims" | "refusal":
            return False
        case _:
            return None


def _answer(case: Case, judgement: Judgement) -> CitingAnswer:
    said = cited(case.cited or "")
    sentences = said.sentences()
    stating = _stating(said.text, sentences, judgement.claims) if sentences else set()
    statements = [_statement(case, s) for n, s in enumerate(sentences) if n in stating]
    idle = sum(len(s.numbers) for n, s in enumerate(sentences) if n not in stating)
    return CitingAnswer(judgement, tuple(statements), idle)


def _statement(case: Case, sentence: CitingSentence) -> CitingStatement:
    there = [n for n in sentence.numbers if 1 <= n <= len(case.passages)]
    return CitingStatement(
        case.question.text,
        sentence.text,
        tuple(case.passages[n - 1] for n in there),
        len(sentence.numbers) - len(there),
    )


def _stating(text: str, sentences: Sequence[CitingSentence], claims: Sequence[Claim]) -> set[int]:
    """Return which sentences make the claims.

    A claim is looked for behind the one before it, then from the beginning. One that a judge has
    put in its own words belongs to the sentence that shares most words with it.
    """
    found = set()
    behind = 0
    for claim in claims:
        at = text.find(claim.text, behind)
        at = text.find(claim.text) if at < 0 else at
        if at < 0:
            words = set(tokens(claim.text))
            shared = [len(words & set(tokens(sentence.text))) for sentence in sentences]
            found.add(shared.index(max(shared)))
        else:
            found.add(next(n for n, sentence in enumerate(sentences) if at < sentence.end))
            behind = at + len(claim.text)
    return found
