"""Judgements that take no judge: no answer, a refusal, nothing to judge by."""

from harness.judges.claims import claims
from harness.text.refusal import is_refusal
from harness.types import Claim, Judgement, Statement


def settled(statement: Statement) -> Judgement | None:
    """Return the judgement where there is nothing to find out; None where there is.

    Without passages no claim is supported, so the claims are cut by our own rules.
    """
    if not any(c.isalnum() for c in statement.answer):
        return Judgement("no claims")
    if is_refusal(statement.answer):
        return Judgement("refusal")
    if not any(passage.strip() for passage in statement.passages):
        found = tuple(Claim(said.text, False, 0.0) for said in claims(statement.answer))
        return Judgement("ok" if found else "no claims", found, "there are no passages")
    return None
