"""Targets that cite: what a model that reads passages learns to say about where it read it.

After RAFT (Zhang et al. 2024, section 3), whose targets quote the golden passage; here they name it
by its number in the prompt, since quotes would double the length of an answer.
"""

import re
from collections.abc import Sequence

from harness.judges.claims import claims
from harness.types import Hit

_STOP = re.compile(r"[.!?…。！？]*[\"'”’»)\]]*$")


def with_citations(answer: str, golden: Sequence[Hit], shown: Sequence[Hit]) -> str:
    """Return the answer with the numbers of the golden passages in every sentence that claims.

    A padding sentence that states nothing, as a house style may have, cites nothing.

    Args:
        answer: What is to be said.
        golden: The passages it rests on; where none of them is shown nothing is cited.
        shown: The passages as the prompt numbers them, from 1.
    """
    numbers = {hit.chunk.id: n for n, hit in enumerate(shown, start=1)}
    there = sorted(numbers[hit.chunk.id] for hit in golden if hit.chunk.id in numbers)
    marker = "".join(f"[{n}]" for n in there)
    if not marker:
        return answer
    ends = [claim.end for claim in claims(answer, brief=True)] or [len(answer)]
    for end in reversed(ends):
        stop = _STOP.search(answer[:end])
        place = stop.start() if stop else end
        answer = f"{answer[:place]} {marker}{answer[place:]}"
    return answer
