"""A judge of ours as the language model of ragas: it reads the prompts and answers them.

This module imports ragas: import it late.
"""

from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from harness.judges.claims import claims
from harness.judges.ragas_faithfulness import judged
from harness.judges.ragas_llm import Base
from harness.judges.structured import prompt_input
from harness.judges.trouble import Trouble
from harness.protocols import Judge
from harness.types import Claim, Judgement, Statement


async def judged_by(judge: Judge, statement: Statement) -> Judgement:
    """Return what ragas finds with the judge for a model; claims keep the judge's spans."""
    model = StandIn(judge, statement)
    found = await judged(model, statement)
    return replace(found, claims=tuple(model.claims.get(c.text, c) for c in found.claims))


class StandIn(Base):  # type: ignore[misc]  # ragas has no types
    """Answers the two prompts of Faithfulness for one statement.

    The prompt for verdicts holds the passages in one string; the judge gets them apart, as the
    statement has them.
    """

    def __init__(self, judge: Judge, statement: Statement) -> None:
        self._judge, self._statement = judge, statement
        self.claims: dict[str, Claim] = {}

    async def agenerate(self, prompt: str, response_model: type[BaseModel]) -> BaseModel:
        """Return the record that the prompt asks for."""
        return self.generate(prompt, response_model)

    def generate(self, prompt: str, response_model: type[BaseModel]) -> BaseModel:
        """Return the record that the prompt asks for."""
        data = prompt_input(prompt)
        if "statements" in data:
            return response_model(statements=self._verdicts(data["statements"]))
        return response_model(statements=[said.text for said in claims(data["answer"])])

    def _verdicts(self, said: list[str]) -> list[dict[str, Any]]:
        about, passages = self._statement.question, self._statement.passages
        asked = [Statement(about, one, passages) for one in said]
        found = dict(self._judge.judge_many(asked))
        return [self._verdict(one, found[i]) for i, one in enumerate(said)]

    def _verdict(self, said: str, judgement: Judgement) -> dict[str, Any]:
        if judgement.status in ("judge error", "timeout", "truncated"):
            raise Trouble(judgement.status, judgement.message)
        supported = bool(judgement.claims) and all(c.supported for c in judgement.claims)
        if judgement.claims:
            weakest = min(judgement.claims, key=lambda claim: (claim.supported, claim.score))
            self.claims[said] = replace(weakest, text=said)
        reason = judgement.message or judgement.status
        return {"statement": said, "reason": reason, "verdict": int(supported)}
