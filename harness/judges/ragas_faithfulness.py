"""The Faithfulness of ragas, from its own code, as a judgement with its claims.

This module imports ragas: import it late.
"""

import math
from typing import Any

from pydantic import BaseModel

from harness.judges.ragas_library import ragas_module
from harness.judges.ragas_llm import Base
from harness.judges.trouble import Trouble
from harness.types import Claim, Judgement, Statement

Faithfulness = ragas_module("metrics.collections").Faithfulness

NO_QUESTION = "What is the case?"
"""Stands for the question where there is none: ragas insists on one."""


async def judged(llm: Any, statement: Statement) -> Judgement:
    """Return what ragas finds in an answer that claims something, against passages that are there.

    Its own number is the share of its verdicts that are 1. A statement without a verdict would
    leave that share unseen, so it is an error of the judge, as is a verdict but 0 and 1.
    """
    heard = _Hearing(llm)
    try:
        result = await Faithfulness(llm=heard).ascore(
            user_input=statement.question or NO_QUESTION,
            response=statement.answer,
            retrieved_contexts=[p for p in statement.passages if p.strip()],
        )
    except Trouble as trouble:
        return Judgement(trouble.status, message=trouble.message)
    statements, verdicts = (
        heard.found("StatementGeneratorOutput"),
        heard.found("NLIStatementOutput"),
    )
    if not statements:
        return Judgement("no claims")
    if len(statements) != len(verdicts):
        said = f"{len(verdicts)} verdicts on {len(statements)} statements"
        return Judgement("judge error", message=said)
    if any(verdict.verdict not in (0, 1) for verdict in verdicts):
        return Judgement("judge error", message="a verdict is neither 0 nor 1")
    claims = tuple(Claim(v.statement, bool(v.verdict), float(v.verdict)) for v in verdicts)
    share = sum(claim.supported for claim in claims) / len(claims)
    if not math.isclose(result.value, share):
        raise ValueError(f"ragas says {result.value}, its verdicts say {share}")
    reasons = [v.reason for v in verdicts if not v.verdict and v.reason]
    return Judgement("ok", claims, " ".join(reasons))


class _Hearing(Base):  # type: ignore[misc]  # ragas has no types
    """Passes on to another language model, and remembers what it said in this one judgement."""

    def __init__(self, llm: Any) -> None:
        self._llm = llm
        self._heard: dict[str, BaseModel] = {}

    def generate(self, prompt: str, response_model: type[BaseModel]) -> BaseModel:
        heard: BaseModel = self._llm.generate(prompt, response_model)
        self._heard[response_model.__name__] = heard
        return heard

    async def agenerate(self, prompt: str, response_model: type[BaseModel]) -> BaseModel:
        heard: BaseModel = await self._llm.agenerate(prompt, response_model)
        self._heard[response_model.__name__] = heard
        return heard

    def found(self, name: str) -> list[Any]:
        """Return the list in the record of that name; empty where nobody asked for it."""
        return list(getattr(self._heard.get(name), "statements", ()))
