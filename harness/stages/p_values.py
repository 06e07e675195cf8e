"""The test of no difference between two arms that suits their metric, and its p."""

import numpy as np

from harness.stages.draws import Draw
from harness.stages.limits import Limits
from harness.stats import LAST_BITS, hardly_differ, mcnemar_p, sign_p, swap_p


def p_value(ours: Draw, theirs: Draw, at: Limits) -> tuple[float | None, str]:
    """Return p and the name of the test; with several seeds it is about their mean answers.

    Where seeds are in the interval, it is Student's on the same variances if that is larger.

    - `McNemar`: yes/no answers, each its own cluster.
    - `sign test by cluster`: other means of which hardly a cluster differs.
    - `sign-flip by cluster`: all other means.
    - `swap by cluster`: any other metric.

    Args:
        ours: Of one arm, with exchanges.
        theirs: Of the other, on the same questions.
        at: The interval of their difference.
    """
    p, test = _of_questions(ours, theirs)
    if p is not None and at.p_over_seeds is not None and at.p_over_seeds > p:
        return at.p_over_seeds, at.method
    return p, test


def _of_questions(ours: Draw, theirs: Draw) -> tuple[float | None, str]:
    means = ours.is_mean and theirs.is_mean
    if means and ours.resampling.largest == 1 and _is_yes_no(ours) and _is_yes_no(theirs):
        return mcnemar_p(ours.rows[:, 0], theirs.rows[:, 0]), "McNemar"
    if means:
        apart = ours.resampling.sums(ours.rows - theirs.rows)[:, 0]
        wins, losses = (int((side > LAST_BITS).sum()) for side in (apart, -apart))
        if hardly_differ(wins, losses, len(apart)):
            return sign_p(wins, losses), "sign test by cluster"
    p = swap_p(ours.metric.reduce, ours.total, theirs.total, ours.swapped, theirs.swapped)
    return p, "" if p is None else "sign-flip by cluster" if means else "swap by cluster"


def _is_yes_no(draw: Draw) -> bool:
    """Return whether the rows are 0 or 1 after averaging over seeds."""
    return bool(np.isin(draw.rows[:, 0], (0.0, 1.0)).all())
