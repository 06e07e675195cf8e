"""What the metrics of ragas share: a language model decides, through the benchmark's judge."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any, ClassVar

from harness.errors import ConfigError
from harness.metrics.mean import Mean
from harness.protocols import Embedder, Judge, LanguageJudge
from harness.text.refusal import is_refusal
from harness.types import Case, Stats, Usage


class RagasMetric(Mean):
    """The mean over questions of ragas' number; where the judge had trouble it is unmeasured.

    An answer that is empty or refuses gets a number of our own without asking: ragas takes the
    first for an error, and what it makes of the second depends on the model's mood.

    Args:
        judge: The judge of the benchmark, which must have a language model.
        embedder: What the one metric that compares vectors compares them by.
    """

    name: ClassVar[str]
    """What ragas calls it."""
    silent: ClassVar[float]
    """The number of an answer that is empty or refuses."""

    def __init__(self, judge: Judge, embedder: Embedder | None = None) -> None:
        asked = getattr(judge, "behind", judge)  # a memory of judgements holds no scores
        if not isinstance(asked, LanguageJudge):
            raise ConfigError(
                f"metric ragas_{self.name} needs an LLM: set judge: {{type: ragas, model: "
                "{type: openai, path: MODEL, base_url: http://HOST/v1}}"
            )
        self._judge, self._embedder = asked, embedder

    @property
    def signature(self) -> str:
        """The metric of ragas, how silence counts, and the judge."""
        silence = f"empty or refusal:{self.silent:g}"
        encoder = "" if self._embedder is None else f"|encoder:{self._embedder.signature}"
        return f"ragas {version('ragas')} {self.name}|{silence}{encoder}|{self._judge.signature}"

    def measure(self, cases: Sequence[Case]) -> list[Stats | None]:
        """Return (number, 1) per case; None where there is nothing to judge by, or no verdict."""
        values = [self._without_asking(case) for case in cases]
        asked = self._asked(cases)
        rows = [self.row(cases[i]) for i in asked]
        for n, value in self._judge.score_many(self.name, rows, self._embedder):
            values[asked[n]] = None if value is None else min(1.0, max(0.0, value))
        return [None if value is None else (value, 1.0) for value in values]

    def estimate(self, cases: Sequence[Case]) -> Usage:
        """Return about what measuring would still take, without asking anybody."""
        rows = [self.row(cases[i]) for i in self._asked(cases)]
        return self._judge.estimate_scores(self.name, rows)

    def value(self, case: Case) -> float:
        """Return the number of one answer; NaN where there is none."""
        [row] = self.measure([case])
        return float("nan") if row is None else row[0]

    @abstractmethod
    def row(self, case: Case) -> Mapping[str, Any]:
        """Return what ragas looks at, by its names."""

    def unasked(self, case: Case) -> float | None:
        """Return the number of a case that ragas is not asked about."""
        return self.silent

    def asks(self, case: Case) -> bool:
        """Return whether ragas is asked about a case."""
        said = case.prediction.text
        return bool(said.strip()) and not is_refusal(said)

    def _without_asking(self, case: Case) -> float | None:
        return None if self.asks(case) else self.unasked(case)

    def _asked(self, cases: Sequence[Case]) -> list[int]:
        return [i for i, case in enumerate(cases) if self.asks(case)]
