"""The judge of ragas with a language model behind it, hosted or local."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from harness.judges.as_done import as_done
from harness.judges.asking import Model, Submit, submitter
from harness.judges.memory import Memory
from harness.judges.ragas_library import ragas_version
from harness.judges.settled import settled
from harness.protocols import Embedder
from harness.types import Judgement, Statement, Usage

if TYPE_CHECKING:
    from harness.judges.ragas_llm import RagasLLM


class RagasModel:
    """Lets a model cut each answer into statements and give each a verdict, as ragas words it.

    One reply gives an answer's statements, one their verdicts; both are kept, so the statements
    are found once for all passages that an answer is judged against. Answers that are empty or
    refuse, and answers without passages, cost nothing.

    Args:
        model: The language model: `{type: openai, path: ..., base_url: ...}` or a local one.
        max_tokens: Most tokens of a reply. Long answers give long lists: 4,096 cuts hardly any.
    """

    def __init__(self, model: Model, *, max_tokens: Annotated[int, Field(ge=1)] = 4096) -> None:
        self._model, self._max_tokens = model, max_tokens
        self._memory = Memory()
        self._asked_as = f"{model.signature}|max_tokens:{max_tokens}|temperature:0"
        self.signature = f"judge:ragas {ragas_version()}|model:{self._asked_as}"

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
        from harness.judges.ragas_faithfulness import judged

        llm = self._llm()
        jobs = [partial(judged, llm, statements[i]) for i in left]
        yield from ((left[n], judgement) for n, judgement in as_done(jobs, self._at_once))

    def score_many(
        self,
        metric: str,
        rows: Sequence[Mapping[str, Any]],
        embedder: Embedder | None = None,
    ) -> Iterator[tuple[int, float | None]]:
        """Yield (index of the row, ragas' number); None where the judge had trouble."""
        if not rows:
            return
        from harness.judges.ragas_scores import ragas_metric, scored

        asked = ragas_metric(metric, self._llm(), embedder)
        yield from as_done([partial(scored, asked, row) for row in rows], self._at_once)

    def remember(self, folder: Path) -> None:
        """Keep every reply of the model in the folder, one line each."""
        self._memory.keep_in(folder)

    def estimate(self, statements: Sequence[Statement]) -> Usage:
        """Return about what judging these would still take, four characters a token."""
        left = [s for s in dict.fromkeys(statements) if settled(s) is None]
        if not left:
            return Usage()
        from harness.judges.ragas_estimate import Counting
        from harness.judges.ragas_faithfulness import judged

        llm = Counting(self._asked_as, self._memory)
        list(as_done([partial(judged, llm, s) for s in left], self._at_once))
        return llm.usage

    def estimate_scores(self, metric: str, rows: Sequence[Mapping[str, Any]]) -> Usage:
        """Return about what `score_many` would still take, four characters a token."""
        if not rows:
            return Usage()
        from harness.judges.ragas_estimate import Counting, Flat
        from harness.judges.ragas_scores import ragas_metric, scored

        llm = Counting(self._asked_as, self._memory)
        asked = ragas_metric(metric, llm, Flat() if metric == "answer_relevancy" else None)
        list(as_done([partial(scored, asked, row) for row in rows], self._at_once))
        return llm.usage

    @property
    def _at_once(self) -> int:
        """Answers under way: enough that the model is never short of a batch."""
        return 2 * self._model.batch_size

    @cached_property
    def _submit(self) -> Submit:
        return submitter(self._model)

    def _llm(self) -> "RagasLLM":
        from harness.judges.ragas_llm import RagasLLM

        return RagasLLM(self._model, self._submit, self._asked_as, self._memory, self._max_tokens)
