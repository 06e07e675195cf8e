"""Do the passages that an answer cites say what it says, and are all of them needed?

Citation recall and precision after ALCE (Gao et al. 2023, section 3), with the judge of the
benchmark in place of its entailment model. What is different from there: a sentence that claims
nothing is no statement; an answer that cites nothing has no precision, where ALCE gives it 0; a
number that belongs to no passage is a citation all the same, and needed by nothing.

An answer that is no statement counts as in faithfulness: one that claims nothing as 0, a refusal
as 1 where the question is unanswerable and else as 0, trouble of the judge as unmeasured. So do
the answers of an arm that does not cite: nobody asked it to, so a 0 would say nothing.
"""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from itertools import chain

from harness.metrics.citation_support import (
    CitingAnswer,
    CitingStatement,
    citing_answers,
    verdicts,
    whole,
)
from harness.metrics.faithfulness import supported_share
from harness.metrics.mean import Mean
from harness.protocols import Judge
from harness.text.citations import cited
from harness.types import Case, ContextType, Question, Statement, Stats

Verdicts = Sequence[bool | None]


class _OfCitations(Mean):
    """A mean over the answers of arms that cite."""

    name: str
    rules = "refusal:1 if unanswerable else 0|no claims:0"

    def __init__(self, judge: Judge) -> None:
        self._judge = judge

    @property
    def signature(self) -> str:
        """How an answer without statements counts, and the judge."""
        return f"{self.name}|{self.rules}|per:sentence with a claim|{self._judge.signature}"

    def applies(self, question: Question, context: ContextType) -> bool:
        """Return whether there is something to cite."""
        return context != "none"

    def measure(self, cases: Sequence[Case]) -> list[Stats | None]:
        """Return a row per case, None where the arm does not cite or the judge had trouble."""
        citing = [i for i, case in enumerate(cases) if case.cited is not None]
        answers = citing_answers(self._judge, [cases[i] for i in citing])
        told = iter(self.judged([s for answer in answers for s in answer.statements]))
        rows: list[Stats | None] = [None] * len(cases)
        for i, answer in zip(citing, answers, strict=True):
            of_answer = [next(told) for _ in answer.statements]
            rows[i] = self.row(cases[i].question, answer, of_answer)
        return rows

    def will_ask(self, case: Case) -> Iterator[Statement]:
        """Yield about what the judge will be asked, whichever metrics ask it."""
        if case.cited is not None:
            yield whole(case)
            yield from _asked(case)

    def value(self, case: Case) -> float:
        """Return the number of one answer; NaN where there is none."""
        [row] = self.measure([case])
        return row[0] / row[1] if row and row[1] else float("nan")

    @abstractmethod
    def judged(self, statements: Sequence[CitingStatement]) -> Sequence[float | None]:
        """Return the number of each statement, None where the judge had trouble."""

    def row(
        self, question: Question, answer: CitingAnswer, numbers: Sequence[float | None]
    ) -> Stats | None:
        """Return (mean over the statements, 1)."""
        if answer.judgement.status != "ok":
            share = supported_share(answer.judgement, question)
            return None if share is None else (share, 1.0)
        known = [number for number in numbers if number is not None]
        if len(known) < len(numbers):
            return None
        return (sum(known) / len(known) if known else 0.0, 1.0)


class CitationRecall(_OfCitations):
    """The mean share of statements that the passages they cite support together.

    A statement that cites nothing, or a number that belongs to no passage, is not supported.
    """

    name = "citation_recall"

    def judged(self, statements: Sequence[CitingStatement]) -> list[float | None]:
        """Return 1 or 0 for each statement."""
        return [None if v is None else float(v) for v in _together(self._judge, statements)]


class ProvenanceCoverage(_OfCitations):
    """The mean share of statements that some passage they cite supports on its own.

    Whoever opens the sources one by one finds these statements confirmed; recall also counts
    those that several passages support only together.
    """

    name = "provenance_coverage"

    def judged(self, statements: Sequence[CitingStatement]) -> list[float | None]:
        """Return 1 or 0 for each statement."""
        alone = _alone(self._judge, statements)
        return [1.0 if any(of) else None if None in of else 0.0 for of in alone]


class CitationPrecision(_OfCitations):
    """The mean share of citations that are needed, over the answers that cite.

    A citation is needed where the cited passages support the statement, and either this one does
    so alone, or the others do not without it. A row is (share, 1), of an answer that cites
    nothing (0, 0).
    """

    name = "citation_precision"
    rules = "no citation:left out"

    def judged(self, statements: Sequence[CitingStatement]) -> list[float | None]:
        """Return how many citations of each statement are needed."""
        needed: list[float | None] = [
            None if v is None else float(v) for v in _together(self._judge, statements)
        ]
        several = [n for n, s in enumerate(statements) if needed[n] and len(s.passages) > 1]
        some = [statements[n] for n in several]
        alone = _alone(self._judge, some)
        rest = iter(verdicts(self._judge, [*chain(*map(_without_one, some, alone))]))
        for n, of in zip(several, alone, strict=True):
            found = [v if v is not False else _not(next(rest)) for v in of]
            needed[n] = None if None in found else float(sum(map(bool, found)))
        return needed

    def row(
        self, question: Question, answer: CitingAnswer, numbers: Sequence[float | None]
    ) -> Stats | None:
        """Return (needed citations / citations, 1), or (0, 0) where nothing is cited."""
        if supported_share(answer.judgement, question) is None or None in numbers:
            return None
        there = sum(len(s.passages) + s.invented for s in answer.statements) + answer.idle
        needed = sum(number for number in numbers if number is not None)
        return (needed / there, 1.0) if there else (0.0, 0.0)


def _together(judge: Judge, statements: Sequence[CitingStatement]) -> Verdicts:
    """Return whether all that a statement cites supports it, taken together."""
    return verdicts(judge, [s.beside(() if s.invented else s.passages) for s in statements])


def _alone(judge: Judge, statements: Sequence[CitingStatement]) -> list[list[bool | None]]:
    """Return for each statement whether each passage that it cites supports it alone."""
    asked = [s.beside([passage]) for s in statements for passage in s.passages]
    found = iter(verdicts(judge, asked))
    return [[next(found) for _ in s.passages] for s in statements]


def _without_one(statement: CitingStatement, alone: Verdicts) -> Iterator[Statement]:
    """Yield the statement without each passage that does not support it alone."""
    for n, supports in enumerate(alone):
        if supports is False:
            yield statement.beside([p for i, p in enumerate(statement.passages) if i != n])


def _not(verdict: bool | None) -> bool | None:
    return None if verdict is None else not verdict


def _asked(case: Case) -> Iterator[Statement]:
    """Yield about what is asked besides: each sentence that cites, and each passage of several."""
    for sentence in cited(case.cited or "").sentences():
        there = [case.passages[n - 1] for n in sentence.numbers if 1 <= n <= len(case.passages)]
        for passages in ([there] if there else []) + ([[p] for p in there] if there[1:] else []):
            yield Statement(case.question.text, sentence.text, tuple(passages))
