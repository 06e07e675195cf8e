"""The code of ragas with a judge of ours in the place of its language model: no network, no key."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from harness.judges.as_done import as_done
from harness.judges.ragas_library import ragas_version
from harness.judges.settled import settled
from harness.protocols import Judge
from harness.types import Judgement, Statement, Usage


class RagasOffline:
    """Ragas asks for statements and for verdicts, and a judge of ours answers both.

    Args:
        judge: Who gives the verdicts; the offline judge where none is named.
    """

    def __init__(self, judge: Judge | None = None) -> None:
        if judge is None:
            from harness.judges.offline import Offline

            judge = Offline()
        self._judge = judge
        self.signature = f"judge:ragas {ragas_version()}|model:{judge.signature}"

    def judge_many(self, statements: Sequence[Statement]) -> Iterator[tuple[int, Judgement]]:
        """Yield (index of the statement, judgement) as they are done."""
        left = []
        for i, statement in enumerate(statements):
            if (known := settled(statement)) is not None:
                yield i, known
            else:
                left.append(i)
        if not left:
            return
        from harness.judges.ragas_stand_in import judged_by

        jobs = [partial(judged_by, self._judge, statements[i]) for i in left]
        yield from ((left[n], judgement) for n, judgement in as_done(jobs, at_once=1))

    def remember(self, folder: Path) -> None:
        """Let the judge keep what it wants to keep."""
        self._judge.remember(folder)

    def estimate(self, statements: Sequence[Statement]) -> Usage:
        """Return what the judge would take."""
        return self._judge.estimate(statements)
