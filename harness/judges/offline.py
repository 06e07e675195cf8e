"""Our own judge: no language model, no network, the same verdict on every run.

A claim and the passages are compared twice. Word by word: what has a counterpart, which numbers
and names lack (`alignment`). Then a small network reads the claim together with the few sentences
that hold most of it (`classifier`). A logistic regression makes one probability of both (`head`).
What it was trained on, and how far it agrees with people, is in `weights/README.md`.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from harness.files import folder_digest
from harness.judges.alignment import Aligner, Evidence
from harness.judges.claims import claims
from harness.judges.head import Head
from harness.text.refusal import is_refusal
from harness.types import Claim, Judgement, Statement, Usage

WEIGHTS = Path(__file__).parent / "weights"
BUDGET = 64
"""The most word pieces of the passages that the network reads for a claim."""

_AT_A_TIME = 512
_Asked = tuple[str, tuple[str, ...]]


class Offline:
    """Judges claims with weights that come with the package."""

    trained_on = ("wice", "begin_wow", "begin_cmu", "begin_tc")
    """Data sets whose dev parts the weights have seen: their test parts are in-domain."""

    def __init__(
        self,
        threshold: Annotated[float, Field(ge=0, le=1)] = 0.5,
        batch_size: Annotated[int, Field(ge=1)] = 32,
    ) -> None:
        """Load nothing yet.

        Args:
            threshold: The score from which a claim is supported; .5 is calibrated on the dev
                parts of WiCE and BEGIN.
            batch_size: How many claims the network reads together; verdicts do not depend on it.
        """
        self._threshold = threshold
        self._batch_size = batch_size
        self.signature = (
            f"judge:offline|weights:{folder_digest(WEIGHTS)}|threshold:{threshold}|"
            f"reads:{BUDGET} pieces|per:sentence"
        )

    def judge_many(self, statements: Sequence[Statement]) -> Iterator[tuple[int, Judgement]]:
        """Yield (index, judgement) in order; equal claims on equal passages are read once."""
        for first in range(0, len(statements), _AT_A_TIME):
            part = statements[first : first + _AT_A_TIME]
            said = [() if is_refusal(s.answer) else claims(s.answer, brief=True) for s in part]
            asked = [
                [(claim.text, s.passages) for claim in of] for s, of in zip(part, said, strict=True)
            ]
            found = self._verdicts(sorted({pair for of in asked for pair in of}, key=_by_passages))
            for n, (statement, of) in enumerate(zip(part, asked, strict=True)):
                if of:
                    judgement = Judgement("ok", tuple(found[pair] for pair in of))
                else:
                    refused = is_refusal(statement.answer)
                    judgement = Judgement("refusal" if refused else "no claims")
                yield first + n, judgement

    def remember(self, folder: Path) -> None:
        """Keep nothing: judging again is quick and gives the same."""

    def estimate(self, statements: Sequence[Statement]) -> Usage:
        """Return zeros: nobody is asked."""
        return Usage()

    def _verdicts(self, asked: Sequence[_Asked]) -> dict[_Asked, Claim]:
        aligner, head = _loaded()
        evidence = [aligner.evidence(claim, passages, BUDGET) for claim, passages in asked]
        held = [(n, e) for n, e in enumerate(evidence) if e is not None]
        scores = dict.fromkeys(range(len(asked)), 0.0)
        if held:
            found = head.scores([e for _, e in held], self._batch_size)
            scores |= {n: score for (n, _), score in zip(held, found, strict=True)}
        return {pair: self._claim(pair[0], scores[n], evidence[n]) for n, pair in enumerate(asked)}

    def _claim(self, text: str, score: float, evidence: Evidence | None) -> Claim:
        if evidence is None:
            return Claim(text, False, 0.0)
        supported = score >= self._threshold
        return Claim(text, supported, score, evidence.passage, evidence.start, evidence.end)


def _by_passages(pair: _Asked) -> tuple[tuple[str, ...], str]:
    return pair[1], pair[0]


@cache
def _loaded() -> tuple[Aligner, Head]:
    """Return the one copy of the models that a process needs."""
    return Aligner(), Head(WEIGHTS)
