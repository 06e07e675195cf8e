"""BLEU and chrF on a corpus, 0 to 100: sacreBLEU's statistics, reduced for many sums at once."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import version

import numpy as np
from sacrebleu.metrics.bleu import BLEU

from harness.stats import Numbers
from harness.types import Case, ContextType, Question, Stats

_WORDS, _CHARACTERS, _BETA = 4, 6, 2


class Bleu:
    """Corpus BLEU (Papineni et al. 2002; Post 2018), equal to sacrebleu's `corpus_bleu`.

    A row is (answer length, length of the closest reference, matches of orders 1 to 4,
    n-grams of orders 1 to 4). The value of one question is the same function of its row alone:
    0 for fewer than four tokens.
    """

    unit = "points"
    higher_is_better = True

    def __init__(self) -> None:
        self._bleu = BLEU()
        self.signature = f"bleu|nrefs:var|case:mixed|eff:no|tok:13a|smooth:exp|{_VERSION}"

    def applies(self, question: Question, context: ContextType) -> bool:
        """Return whether there is a reference answer to compare with."""
        return question.answerable and bool(question.answers)

    def worst(self, question: Question) -> Stats | None:
        """Return the row of an empty answer."""
        return self._row("", question.answers)

    def measure(self, cases: Sequence[Case]) -> list[Stats | None]:
        """Return the row of each answer against all its references."""
        return [self._row(case.prediction.text, case.question.answers) for case in cases]

    def reduce(self, sums: Numbers) -> Numbers:
        """Return BLEU with exponential smoothing; 0 where no n-gram of some order exists."""
        said, reference = sums[..., 0], sums[..., 1]
        matches, total = sums[..., 2 : 2 + _WORDS], sums[..., 2 + _WORDS :]
        # the k-th order without a match counts as 1 / 2^k matches (NIST's mteval-v13a)
        smoothed = np.where(matches > 0, matches, 0.5 ** np.cumsum(matches == 0, axis=-1))
        logs = np.log(smoothed / np.maximum(total, 1e-300)).mean(axis=-1)
        brevity = np.minimum(0.0, 1.0 - reference / np.maximum(said, 1e-300))
        defined = (matches > 0).any(axis=-1) & (total > 0).all(axis=-1)
        return np.asarray(100 * np.exp(np.where(defined, logs + brevity, -np.inf)))

    def _row(self, said: str, references: Sequence[str]) -> Stats:
        score = self._bleu.corpus_score([said], [[r] for r in references])
        return tuple(float(x) for x in (score.sys_len, score.ref_len, *score.counts, *score.totals))


class Chrf:
    """Corpus chrF2 (Popović 2015), equal to sacrebleu's `corpus_chrf`.

    A row is (n-grams of the answer, of the reference, common) for character orders 1 to 6,
    against the reference with the best value of its own.
    """

    unit = "points"
    higher_is_better = True
    signature = f"chrf|nrefs:var|case:mixed|eff:yes|nc:6|nw:0|space:no|as {version('sacrebleu')}"

    def applies(self, question: Question, context: ContextType) -> bool:
        """Return whether there is a reference answer to compare with."""
        return question.answerable and bool(question.answers)

    def worst(self, question: Question) -> Stats | None:
        """Return the row of an empty answer."""
        return self._row("", question.answers)

    def measure(self, cases: Sequence[Case]) -> list[Stats | None]:
        """Return the row of each answer against its best reference."""
        return [self._row(case.prediction.text, case.question.answers) for case in cases]

    def reduce(self, sums: Numbers) -> Numbers:
        """Return F2 of precision and recall, each the mean over the orders both sides have."""
        said, reference, common = sums[..., 0::3], sums[..., 1::3], sums[..., 2::3]
        counted = (said > 0) & (reference > 0)
        orders = np.maximum(counted.sum(axis=-1), 1)
        precision = (np.where(counted, common / np.maximum(said, 1e-300), 0)).sum(-1) / orders
        recall = (np.where(counted, common / np.maximum(reference, 1e-300), 0)).sum(-1) / orders
        weight = _BETA**2
        bottom = weight * precision + recall
        top = (1 + weight) * precision * recall
        return np.asarray(100 * np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1), 0))

    def _row(self, said: str, references: Sequence[str]) -> Stats:
        rows = [_chrf_row(_characters(said), _characters(r)) for r in references]
        if len(rows) == 1:
            return rows[0]
        return rows[int(np.argmax(self.reduce(np.array(rows))))]


_VERSION = f"sacrebleu {version('sacrebleu')}"


def _chrf_row(said: tuple[Counter[str], ...], reference: tuple[Counter[str], ...]) -> Stats:
    row: list[float] = []
    for ours, theirs in zip(said, reference, strict=True):
        common = sum(min(count, theirs[gram]) for gram, count in ours.items() if gram in theirs)
        row += (ours.total() if theirs else 0, theirs.total(), common)
    return tuple(map(float, row))


@lru_cache(maxsize=2048)
def _characters(text: str) -> tuple[Counter[str], ...]:
    """Return the counted character n-grams of orders 1 to 6, white space left out."""
    bare = "".join(text.split())
    return tuple(
        Counter(bare[i : i + n] for i in range(len(bare) - n + 1))
        for n in range(1, _CHARACTERS + 1)
    )
