"""The share of an answer's claims that a text supports, in the eyes of the judge that is chosen.

One definition for every judge, with two targets: the passages an arm has read
(`faithfulness_retrieved`), and the question's gold documents (`faithfulness_gold`), so that arms
which read nothing have a value too. The judge cuts an answer into claims and gives each a verdict:

    ok          supported claims / claims
    no claims   0: what says nothing is supported by nothing
    refusal     1 where the question is unanswerable, else 0: an arm cannot gain by refusing
    trouble     no value: the answer is `unmeasured`, and the table's bounds say what it could be

(judge error, timeout and truncated are the judge's trouble.) So no answer leaves the denominator
because of what it says, and nothing is averaged over a missing verdict.
"""

from collections.abc import Sequence
from typing import Literal

from harness.metrics.mean import Mean
from harness.protocols import Judge
from harness.types import Case, ContextType, Judgement, Question, Statement, Stats

Target = Literal["retrieved", "gold"]


class Faithfulness(Mean):
    """The mean over questions of the share of claims that are supported."""

    def __init__(self, target: Target, judge: Judge) -> None:
        self._target = target
        self._judge = judge

    @property
    def signature(self) -> str:
        """The target, how an answer without claims counts, and the judge."""
        rules = "refusal:1 if unanswerable else 0|no claims:0"
        return f"faithfulness_{self._target}|{rules}|{self._judge.signature}"

    def applies(self, question: Question, context: ContextType) -> bool:
        """Return whether there is a text to be faithful to: passages read, or gold documents."""
        return bool(question.gold) if self._target == "gold" else context != "none"

    def statement(self, case: Case) -> Statement | None:
        """Return what the judge is asked; None for an external arm that told no passages."""
        if self._target == "gold":
            passages = case.gold
        elif case.context == "external" and not case.passages:
            return None
        else:
            passages = case.passages
        return Statement(case.question.text, case.prediction.text, passages)

    def measure(self, cases: Sequence[Case]) -> list[Stats | None]:
        """Return (share, 1) per case, None where there is no verdict or nothing to judge by."""
        asked = [
            (i, statement) for i, case in enumerate(cases) if (statement := self.statement(case))
        ]
        rows: list[Stats | None] = [None] * len(cases)
        for n, judgement in self._judge.judge_many([statement for _, statement in asked]):
            i = asked[n][0]
            share = supported_share(judgement, cases[i].question)
            rows[i] = None if share is None else (share, 1.0)
        return rows

    def value(self, case: Case) -> float:
        """Return the share of one answer; NaN where there is none."""
        [row] = self.measure([case])
        return float("nan") if row is None else row[0]


def retrieved(judge: Judge) -> Faithfulness:
    """Return faithfulness to the passages that stood in the prompt."""
    return Faithfulness("retrieved", judge)


def gold(judge: Judge) -> Faithfulness:
    """Return faithfulness to the question's gold documents, whatever the arm has read."""
    return Faithfulness("gold", judge)


def supported_share(judgement: Judgement, question: Question) -> float | None:
    """Return what a judgement makes of an answer, in [0, 1]; None where the judge had trouble."""
    match judgement.status:
        case "ok":
            claims = judgement.claims
            return sum(claim.supported for claim in claims) / len(claims) if claims else 0.0
        case "no claims":
            return 0.0
        case "refusal":
            return float(not question.answerable)
        case _:
            return None
