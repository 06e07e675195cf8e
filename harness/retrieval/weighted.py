"""Weighted fusion: normalised scores of several retrievers, added up (Bruch et al. 2023)."""

from collections.abc import Sequence
from math import fsum, isfinite
from typing import Literal

import numpy as np

from harness.errors import ConfigError
from harness.protocols import Retriever
from harness.retrieval.members import Members
from harness.retrieval.ranking import best_hits, check_k
from harness.timing import Stopwatch
from harness.types import Hit

Scale = Literal["min-max", "z"]


class WeightedFusion(Members):
    """Ranks passages by a weighted mean of scores brought to one scale, question by question.

    What a retriever did not find has the lowest score that it gave (nothing found, nothing added).
    Unlike reciprocal ranks the mean keeps how far apart scores are; what it takes is a weight that
    fits the question set.
    """

    def __init__(
        self,
        of: Sequence[Retriever],
        weights: Sequence[float] = (),
        scale: Scale = "min-max",
        depth: int = 50,
    ) -> None:
        """Keep the parts.

        Args:
            of: The retrievers.
            weights: One number from 0 for each of them, in their order; they count alike where
                none are given. Only ratios matter.
            scale: `min-max` brings the scores of a question to 0 to 1, `z` to a mean of 0 and a
                standard deviation of 1.
            depth: How many hits of each are fused, or k where that is more.

        Raises:
            ConfigError: There is no retriever, the numbers do not fit it, or one is out of range.
        """
        if not of:
            raise ConfigError("retriever 'weighted': 'of' names no retriever; name two or more")
        weights = tuple(weights) or (1.0,) * len(of)
        if len(weights) != len(of):
            raise ConfigError(
                f"retriever 'weighted': {len(weights)} weights for {len(of)} retrievers; "
                "give one for each"
            )
        if min(weights) < 0 or not sum(weights) or not all(map(isfinite, weights)) or depth < 1:
            raise ConfigError(
                f"retriever 'weighted': weights={list(weights)} must be >= 0 and one above it, "
                f"depth={depth} >= 1"
            )
        super().__init__(of)
        total = fsum(weights)
        self._weights = [weight / total for weight in weights]
        self._scale: Scale = scale
        self._depth = depth

    @property
    def signature(self) -> str:
        """Settings and members."""
        members = " + ".join(
            f"{weight:g} x {member.signature}"
            for weight, member in zip(self._weights, self._members, strict=True)
        )
        return f"weighted scale={self._scale} depth={self._depth} of [{members}]"

    def retrieve_many(
        self, questions: Sequence[str], k: int, stopwatch: Stopwatch
    ) -> list[tuple[Hit, ...]]:
        """Return the k passages with the highest means."""
        check_k(k)
        depth = max(k, self._depth)
        found = [member.retrieve_many(questions, depth, stopwatch) for member in self._members]
        with stopwatch.span("search"):
            return [
                best_hits(weighted_mean(rankings, self._weights, self._scale), k)
                for rankings in zip(*found, strict=True)
            ]


def weighted_mean(
    rankings: Sequence[Sequence[Hit]], weights: Sequence[float], scale: Scale
) -> list[Hit]:
    """Return every passage of one question's rankings, in no order, with its mean score.

    A function of its own, so that weights can be tried on rankings made once.

    >>> from harness.types import Chunk
    >>> a, b, c = (Chunk(id, 0, 1, id) for id in "abc")
    >>> first, second = [Hit(a, 9.0), Hit(b, 7.0), Hit(c, 5.0)], [Hit(b, 0.8), Hit(a, 0.6)]
    >>> [(h.chunk.text, h.score) for h in weighted_mean([first, second], [0.5, 0.5], "min-max")]
    [('a', 0.5), ('b', 0.75), ('c', 0.0)]
    """
    chunks = {hit.chunk.id: hit.chunk for ranking in rankings for hit in ranking}
    scaled = [_scaled(ranking, scale) for ranking in rankings]
    lowest = [min(scores.values(), default=0.0) for scores in scaled]
    if scale == "min-max":
        lowest = [0.0] * len(scaled)
    return [
        Hit(
            chunk,
            fsum(
                weight * scores.get(id, low)
                for weight, scores, low in zip(weights, scaled, lowest, strict=True)
            ),
        )
        for id, chunk in chunks.items()
    ]


def _scaled(ranking: Sequence[Hit], scale: Scale) -> dict[str, float]:
    """Return the scores by chunk id on one scale; equal scores are all 1, or all 0 with `z`."""
    if not ranking:
        return {}
    raw = np.array([hit.score for hit in ranking])
    if scale == "min-max":
        zero, unit = raw.min(), np.ptp(raw)
        if not unit:
            zero, unit = zero - 1, 1.0
    else:
        zero, unit = raw.mean(), raw.std() or 1.0
    return dict(zip((h.chunk.id for h in ranking), ((raw - zero) / unit).tolist(), strict=True))
