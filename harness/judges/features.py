"""Evidence to numbers: how near the passages come to a claim, word by word and as a whole."""

from collections.abc import Mapping, Sequence

import numpy as np

from harness.judges.alignment import KEYS, Evidence, Pieces
from harness.judges.products import cosines
from harness.judges.states import State
from harness.protocols import Numbers

FEATURES = ("nearness", "closeness", "least", "stretch", "phrase", *KEYS)
"""Of each word piece of the claim, the cosine to the nearest piece of the passages is taken, each
in its context. `nearness` is their weighted mean, `closeness` less the weighted mean of their
squared distances from 1, `least` the lowest among weighty pieces, `stretch` the lowest weighted
mean of twelve pieces in a row. `phrase` is that of six in a row, from one sentence each."""

_WEIGHTY = 0.4
_STRETCH, _PHRASE = 12, 6
_SHORT = 64
"""Word pieces of passages in which one sentence that is near says much."""


def texts_of(evidence: Sequence[Evidence]) -> list[Pieces]:
    """Return the texts whose states `features` and `similarities` need."""
    return [text for e in evidence for text in (e.claim, *e.sentences)]


def features(evidence: Sequence[Evidence], states: Mapping[Pieces, State]) -> Numbers:
    """Return shape (evidence, len(FEATURES)); more of each speaks for support."""
    rows = [[*_overlaps(e, states), *e.keys] for e in evidence]
    return np.array(rows, dtype=np.float64).reshape(-1, len(FEATURES))


def similarities(evidence: Sequence[Evidence], states: Mapping[Pieces, State]) -> Numbers:
    """Return the highest cosine of the claim as a whole to a sentence, shape (evidence,).

    For long passages it is divided by the square root of how many short ones they would make,
    since among many sentences some is near by chance.
    """
    found = []
    for e in evidence:
        wholes = np.stack([states[sentence].whole for sentence in e.sentences])
        room = max(1.0, sum(map(len, e.sentences)) / _SHORT)
        near = cosines(wholes, states[e.claim].whole[None])
        found.append(float(near.max()) / room**0.5)
    return np.array(found)


def _overlaps(
    evidence: Evidence, states: Mapping[Pieces, State]
) -> tuple[float, float, float, float, float]:
    claim = states[evidence.claim].pieces
    pieces = np.concatenate([states[sentence].pieces for sentence in evidence.sentences])
    starts = np.cumsum([0, *(len(sentence) for sentence in evidence.sentences[:-1])])
    found = np.maximum.reduceat(cosines(claim, pieces), starts, axis=1).T  # sentences x claim
    nearest, weights = found.max(axis=0), evidence.weights
    weighty = weights >= _WEIGHTY * weights.max()
    return (
        float((nearest * weights).sum()),
        -float(((1 - nearest) ** 2 * weights).sum()),
        float(nearest[weighty].min()),
        float(_runs(nearest[None], weights, _STRETCH).min()),
        float(_runs(found, weights, _PHRASE).max(axis=0).min()),
    )


def _runs(found: Numbers, weights: Numbers, length: int) -> Numbers:
    """Return the weighted mean of every run of `length` columns, shape (rows, runs)."""
    length = min(length, len(weights))
    weights = weights + 1e-6
    sums = np.cumsum(np.pad(found * weights, ((0, 0), (1, 0))), axis=1)
    total = np.cumsum(np.pad(weights, (1, 0)))
    means: Numbers = (sums[:, length:] - sums[:, :-length]) / (total[length:] - total[:-length])
    return means
