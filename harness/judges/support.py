"""A judgement as one number: how far the passages support an answer as a whole."""

from harness.types import Judgement


def support(judgement: Judgement) -> float:
    """Return the mean score of the claims, in [0, 1]; 0 where there is no claim.

    The mean and not the minimum, so that one odd sentence in a long answer does not decide, and
    a score does not fall by the mere number of sentences.
    """
    scores = [claim.score for claim in judgement.claims]
    return sum(scores) / len(scores) if scores else 0.0
