"""What the offline judge is trained on: pairs made here, and labelled ones that allow it."""

from collections.abc import Sequence
from pathlib import Path
from random import Random

from harness.data.faults import Strict
from harness.data.lines import read_jsonl
from harness.data.rows import Raw
from harness.entailment.facts import fact_pairs
from harness.entailment.findings import finding_pairs
from harness.entailment.pair import Pair
from harness.entailment.prose import prose_pairs
from harness.entailment.scenes import scene_pairs
from harness.errors import DataError

ALLOWED = ("wice", "begin_wow", "begin_cmu", "begin_tc")
"""Data sets whose licences allow training, and of which only the rows of split `dev` are taken."""


def made_pairs(seed: int, count: int, passages: Sequence[str]) -> list[Pair]:
    """Return about `count` pairs in random order, half of them supported.

    Args:
        seed: Decides every pair.
        count: How many.
        passages: Running prose to take sentences from; without it there are only generated texts.
    """
    rng = Random(f"{seed}/made")
    share = count // 4 if passages else count // 3
    pairs = list(fact_pairs(seed, share))
    pairs += scene_pairs(rng, share * 3 // 4)
    pairs += finding_pairs(rng, share * 3 // 4)
    if passages:
        each = max(2, -(-3 * share // len(passages)))
        prose = list(prose_pairs(passages, rng, each=each))
        rng.shuffle(prose)
        pairs += prose[: count - len(pairs)]
    rng.shuffle(pairs)
    return pairs


def labelled_pairs(file: Path) -> list[Pair]:
    """Return the rows of the allowed data sets' dev parts, in file order.

    Args:
        file: Rows {premise, hypothesis, label, dataset, split} as JSON lines, .gz too.

    Raises:
        DataError: A row cannot be read, or no row is allowed.
    """
    found = [
        _labelled(row)
        for row in read_jsonl(file, Strict())
        if row.fields.get("dataset") in ALLOWED and row.fields.get("split") == "dev"
    ]
    if not found:
        raise DataError(f"{file}: no row of split 'dev' of {', '.join(ALLOWED)}")
    return found


def _labelled(row: Raw) -> Pair:
    premise, hypothesis, label, dataset = (
        row.fields.get(name) for name in ("premise", "hypothesis", "label", "dataset")
    )
    if not isinstance(premise, str) or not isinstance(hypothesis, str) or label not in (0, 1):
        raise DataError(f"{row.place}: a row has a premise, a hypothesis and a label of 0 or 1")
    return Pair(premise, hypothesis, int(label == 1), str(dataset))
