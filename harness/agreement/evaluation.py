"""A judge put to labelled pairs, from its name to its rows of agreement."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from harness import registry
from harness.agreement.agreement import Agreement, Estimate, agreements, judge_pairs, statements
from harness.agreement.limit import within_limit
from harness.artefacts import Artefacts
from harness.config.records import Judge as JudgeConfig
from harness.costs.price_list import PriceList
from harness.data.pairs import LabelledPair
from harness.judges.remembered import Remembered
from harness.progress import Progress


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was measured of one judge."""

    judge: str
    """Its signature."""
    threshold: float | None
    """From which score on a pair is called supported; None where the judge decides."""
    agreements: tuple[Agreement, ...]
    in_domain: tuple[str, ...] = ()
    """Data sets of which the judge has seen other rows in its training."""


def judge_of(config: JudgeConfig) -> Remembered:
    """Return the judge that a benchmark file describes, with a memory; it is made when needed.

    Raises:
        HarnessError: There is no such judge, or its options do not fit.
    """
    registry.check("judge", config.type, config.options, "judge")
    return Remembered(partial(registry.create, "judge", config.type, config.options, "judge"))


def keep(judge: Remembered, artefacts: Artefacts) -> None:
    """Let a judge remember in the folder of its signature."""
    judge.remember(artefacts.grow("judgements", {"judge": judge.signature}))


def evaluate(
    config: JudgeConfig,
    pairs: Sequence[LabelledPair],
    artefacts: Artefacts,
    prices: PriceList,
    progress: Progress,
    threshold: float | None = None,
) -> Evaluation:
    """Judge pairs and compare with their labels; what is judged is kept among the artefacts.

    Raises:
        HarnessError: There is no such judge, or it would cost more than `max_usd`.
    """
    judge = judge_of(config)
    keep(judge, artefacts)
    if said := within_limit(config, judge.estimate(statements(pairs)), prices):
        progress.say(f"judge: {said}")
    judged = judge_pairs(judge, pairs, progress)
    seen = getattr(judge.behind, "trained_on", ())
    found = agreements(pairs, judged, threshold)
    in_domain = tuple(a.dataset for a in found if a.dataset in seen)
    return Evaluation(judge.signature, threshold, tuple(found), in_domain)


def as_text(found: Evaluation) -> str:
    """Return a table for a person."""
    return "\n".join(_lines(found))


def _lines(found: Evaluation) -> Iterator[str]:
    name = max([7, *(len(a.dataset) for a in found.agreements)]) + 3
    yield (
        f"{'dataset':<{name}}{'n':>7}{'supported':>11}  {'AUROC':<22}"
        f"{'balanced accuracy':<22}{'kappa':<22}no verdict"
    )
    for a in found.agreements:
        cells = "".join(f"{_cell(e):<22}" for e in (a.auroc, a.balanced_accuracy, a.kappa))
        share = f"{a.supported / a.n:.0%}"
        shown = f"{a.dataset} *" if a.dataset in found.in_domain else a.dataset
        yield f"{shown:<{name}}{a.n:>7,}{share:>11}  {cells}{sum(a.troubles.values()):,}"
    if found.in_domain:
        yield "* in-domain: the judge was trained on other rows of this data set"
    for a in found.agreements:
        if a.troubles:
            said = ", ".join(f"{n:,} x {status}" for status, n in a.troubles.items())
            yield f"{a.dataset}: {said}; a pair without a verdict counts as judged wrong"
        if a.note:
            yield f"{a.dataset}: {a.note}"
    called = "every claim of it is" if found.threshold is None else f"score >= {found.threshold:g}"
    yield f"judge: {found.judge}"
    yield f"a pair is called supported where {called}" + (
        " supported" if found.threshold is None else ""
    )
    yield "[ ]: 95 % interval, bootstrap over premises"


def _cell(e: Estimate) -> str:
    if e.value is None:
        return "-"
    limits = "" if e.low is None or e.high is None else f" [{e.low:.3f}, {e.high:.3f}]"
    return f"{e.value:.3f}{limits}"
