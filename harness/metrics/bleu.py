"""BLEU and chrF on a corpus, 0 to 100: sacreBLEU's statistics, reduced for many sums at once."""

from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import version

import numpy as np

from harness.metrics.ngrams import shared_ngrams
from harness.metrics.words import bleu_words
from harness.stats import Numbers
from harness.types import Case, ContextType, Question, Stats

VERSION = f"sacrebleu {version('sacrebleu')}"
_WORDS, _CHARACTERS, _BETA = 4, 6, 2


class Bleu:
    """Corpus BLEU (Papineni et al. 2002; Post 2018), equal to sacrebleu's `corpus_bleu`.

    A row is (answer length, length of the closest reference, matches of orders 1 to 4,
    n-grams of orders 1 to 4). The value of one question is the same function of its row alone:
    0 for fewer than four tokens.
    """

    unit = "points"
    higher_is_better = True
    signature = f"bleu|nrefs:var|case:mixed|eff:no|tok:13a|smooth:exp|{VERSION}"

    def applies(self, question: Question, context: ContextType) -> bool:
        """Return whether there is a reference answer to compare with."""
        return question.answerable and bool(question.answers)

    def worst(self, question: Question) -> Stats | None:
        """Return the row of an empty answer."""
        return bleu_rows([""], [question.answers])[0]

    def best(self, question: Question) -> Stats | None:
        """Return the row of the first reference, given as the answer."""
        return bleu_rows([question.answers[0]], [question.answers])[0]

    def measure(self, cases: Sequence[Case]) -> list[Stats | None]:
        """Return the row of each answer against all its references."""
        said = [case.prediction.text for case in cases]
        return [*bleu_rows(said, [case.question.answers for case in cases])]

    def reduce(self, sums: Numbers) -> Numbers:
        """Return BLEU with exponential smoothing; 0 where no n-gram of some order exists."""
        return bleu(sums)


def bleu_rows(said: Sequence[str], references: Sequence[Sequence[str]]) -> tuple[Stats, ...]:
    """Return for each text the numbers that BLEU is made of, against all its references."""
    return _bleu_rows(tuple(said), tuple(map(tuple, references)))


@lru_cache(maxsize=1)  # the variants of BLEU score the same texts one after the other
def _bleu_rows(said: tuple[str, ...], references: tuple[tuple[str, ...], ...]) -> tuple[Stats, ...]:
    ours = [bleu_words(text) for text in said]
    theirs = [[bleu_words(text) for text in texts] for texts in references]
    # of two references that are equally close in length the shorter one, as sacreBLEU has it
    closest = [
        min((abs(len(words) - len(r)), len(r)) for r in of_references)[1]
        for words, of_references in zip(ours, theirs, strict=True)
    ]
    sizes = np.array([len(words) for words in ours])
    totals = np.maximum(0, sizes[:, None] - np.arange(_WORDS))
    rows = np.column_stack([sizes, closest, shared_ngrams(ours, theirs, _WORDS), totals])
    return tuple(map(tuple, rows.astype(float).tolist()))


def bleu(sums: Numbers, *, smoothed: bool = True, effective: bool = False) -> Numbers:
    """Return BLEU, 0 to 100, of rows or sums of rows, shape (..., 10) to (...).

    Args:
        sums: As `bleu_rows` gives them.
        smoothed: Count the k-th order without a match as 1 / 2^k matches (NIST's mteval-v13a;
            "exp" in sacreBLEU) rather than let it make the value 0.
        effective: Leave out the orders for which the text is too short, rather than let them
            make the value 0.
    """
    said, reference = sums[..., 0], sums[..., 1]
    matches, total = sums[..., 2 : 2 + _WORDS], sums[..., 2 + _WORDS :]
    counted = total > 0 if effective else np.ones_like(total, bool)
    hits = np.where(matches > 0, matches, 0.5 ** np.cumsum(matches == 0, axis=-1))
    logs = np.where(counted, np.log(hits / np.maximum(total, 1e-300)), 0.0)
    brevity = np.minimum(0.0, 1.0 - reference / np.maximum(said, 1e-300))
    needed = total > 0 if smoothed else matches > 0
    defined = (matches > 0).any(axis=-1) & (needed | ~counted).all(axis=-1)
    mean = logs.sum(axis=-1) / np.maximum(counted.sum(axis=-1), 1)
    return np.asarray(100 * np.exp(np.where(defined, mean + brevity, -np.inf)))


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
        return self._rows([""], [question.answers])[0]

    def best(self, question: Question) -> Stats | None:
        """Return the row of the first reference, given as the answer."""
        return self._rows([question.answers[0]], [question.answers])[0]

    def measure(self, cases: Sequence[Case]) -> list[Stats | None]:
        """Return the row of each answer against its best reference."""
        said = [case.prediction.text for case in cases]
        return [*self._rows(said, [case.question.answers for case in cases])]

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

    def _rows(self, said: Sequence[str], references: Sequence[Sequence[str]]) -> list[Stats]:
        owner = [i for i, texts in enumerate(references) for _ in texts]
        ours = [_bare(said[i]) for i in owner]
        theirs = [_bare(text) for texts in references for text in texts]
        common = shared_ngrams(ours, [[text] for text in theirs], _CHARACTERS)
        left, right = (
            np.maximum(0, np.array([len(t) for t in side])[:, None] - np.arange(_CHARACTERS))
            for side in (ours, theirs)
        )
        # sacreBLEU leaves out n-grams of an order that the reference is too short for
        rows = np.stack([np.where(right > 0, left, 0), right, common], axis=-1)
        table = rows.reshape(len(owner), -1).astype(float)
        # by question, then by value: the last of a question is its best, the first of equals
        order = np.lexsort((-np.arange(len(owner)), self.reduce(table), np.array(owner)))
        best = {owner[place]: place for place in order.tolist()}
        return [tuple(table[best[i]].tolist()) for i in range(len(said))]


def _bare(text: str) -> str:
    """Return the text without white space."""
    return "".join(text.split())
