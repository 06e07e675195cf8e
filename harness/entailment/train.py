"""Trains the offline judge: pairs to weights, the same weights for the same seed and machine."""

from collections import Counter
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from random import Random

import numpy as np

from harness.entailment.facts import fact_pairs
from harness.entailment.fit import fit_classifier, fit_regression
from harness.entailment.pair import Pair
from harness.entailment.pairs import labelled_pairs, made_pairs
from harness.judges.alignment import Aligner, Evidence
from harness.judges.classifier import PairClassifier
from harness.judges.features import FEATURES, features, similarities, texts_of
from harness.judges.head import Regression, save
from harness.judges.offline import BUDGET
from harness.judges.states import States
from harness.progress import Progress
from harness.protocols import Numbers
from harness.text.sentences import sentences

MADE, FACTS = 16_000, 400
HELD_SHARE = 1 / 3
_TELLING = 5
"""Words that a sentence must have to tell which page it is from."""

_BATCH = 32
_At = tuple[Pair, Evidence]


def train(out: Path, labelled: Path | None, seed: int, progress: Progress) -> None:
    """Train on made pairs and, where they are given, on labelled ones, and write the weights.

    The network learns from the made pairs and from two thirds of the labelled ones. What the words
    count is fitted on all labelled pairs, since the network has no part in it; how sure the outcome
    makes is fitted on the third that it has not seen. Facts of other worlds stand beside both.

    Args:
        out: The folder to write into.
        labelled: Rows {premise, hypothesis, label, dataset, split}; only those of WiCE and BEGIN
            with split "dev" are read. Their premises are also the prose of the made pairs.
        seed: Decides every pair, and the order they are learned in.
        progress: Is told of every long step.

    Raises:
        DataError: The labelled file cannot be read, or holds no row that may be used.
    """
    people = labelled_pairs(labelled) if labelled else []
    kept, held = _divided(people, seed)
    aligner = Aligner()
    learned = made_pairs(seed, MADE, _premises(kept)) + kept
    read = _evidence(aligner, learned, "training pairs", progress)
    readings = [(evidence.claim, evidence.chosen) for _, evidence in read]
    classifier = fit_classifier(readings, [pair.label for pair, _ in read], seed, progress)
    for parameter in classifier.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.half().float()  # as it will be read back
    facts = list(fact_pairs(seed + 1, FACTS))
    inner, outer = (
        _evidence(aligner, [*pairs, *facts], "weighing", progress) for pairs in (people, held)
    )
    save(out, classifier, fit_head(classifier, inner, outer))


def fit_head(classifier: PairClassifier, inner: Sequence[_At], outer: Sequence[_At]) -> Regression:
    """Return the regression over the features of the inner pairs, scaled by the outer ones.

    The network must not have learned from the outer pairs. Of them, supported and unsupported ones
    count alike, so .5 is about the threshold of best balanced accuracy.
    """
    states = States()
    slopes, intercept = fit_regression(
        _rows(states, inner)[0], _labels(inner), _weights(inner, balanced=False)
    )
    reader = deepcopy(classifier)
    reader.quantise()  # as it will read
    logits = np.array(reader.logits([(e.claim, e.chosen) for _, e in outer], _BATCH))
    combined = Regression(slopes, intercept).combined(*_rows(states, outer), logits)
    scale, shift = fit_regression(combined[:, None], _labels(outer), _weights(outer, balanced=True))
    return Regression(slopes, intercept, float(scale[0]), shift)


def _rows(states: States, pairs: Sequence[_At]) -> tuple[Numbers, Numbers]:
    """Return features and similarities; states are made and dropped a batch at a time."""
    rows, similar = [np.empty((0, len(FEATURES)))], [np.empty(0)]
    for start in range(0, len(pairs), 256):
        evidence = [e for _, e in pairs[start : start + 256]]
        known = states.of(texts_of(evidence), _BATCH)
        rows.append(features(evidence, known))
        similar.append(similarities(evidence, known))
    return np.concatenate(rows), np.concatenate(similar)


def _evidence(aligner: Aligner, pairs: Sequence[Pair], name: str, progress: Progress) -> list[_At]:
    found = []
    with progress.task(name, len(pairs), "pairs") as advance:
        for number, pair in enumerate(pairs, start=1):
            if evidence := aligner.evidence(pair.hypothesis, (pair.premise,), BUDGET):
                found.append((pair, evidence))
            advance(number)
    return found


def _divided(people: Sequence[Pair], seed: int) -> tuple[list[Pair], list[Pair]]:
    """Return (kept, held); premises that share a sentence, as cut from one page, stay together."""
    page: dict[str, str] = {}
    for premise in _premises(people):
        said = _telling(premise)
        others = {page[sentence] for sentence in said if sentence in page}
        page = {s: premise if other in others else other for s, other in page.items()}
        page |= dict.fromkeys(said, premise)
    pages = sorted(set(page.values()))
    Random(f"{seed}/held out").shuffle(pages)
    held = set(pages[: int(len(pages) * HELD_SHARE)])
    aside = [page[_telling(pair.premise)[0]] in held for pair in people]
    return (
        [pair for pair, out in zip(people, aside, strict=True) if not out],
        [pair for pair, out in zip(people, aside, strict=True) if out],
    )


def _telling(premise: str) -> list[str]:
    """Return the sentences that two pages hardly share by chance."""
    return [s for s in sentences(premise) if len(s.split()) >= _TELLING] or [premise]


def _premises(pairs: Sequence[Pair]) -> list[str]:
    return sorted({pair.premise for pair in pairs})


def _labels(pairs: Sequence[_At]) -> Numbers:
    return np.array([float(pair.label) for pair, _ in pairs])


def _weights(pairs: Sequence[_At], *, balanced: bool) -> Numbers:
    """Return weights by which every source counts alike and, if wanted, both labels in it."""
    groups = [(p.source.split()[0], p.label if balanced else 0) for p, _ in pairs]
    sizes = Counter(groups)
    return np.array([1 / sizes[group] for group in groups])
