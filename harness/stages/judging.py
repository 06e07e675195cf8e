"""Answers to judgements: each different one is judged once, for all arms and metrics together."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.agreement.agreement import Agreement, agreement, judge_pairs, statements
from harness.agreement.evaluation import keep
from harness.agreement.limit import price, within_limit
from harness.costs.price_list import PriceList
from harness.data.pairs import LabelledPair, read_pairs
from harness.errors import DataError
from harness.files import encode
from harness.judges.remembered import TROUBLE
from harness.protocols import Metric
from harness.stages.chosen import judge_metrics
from harness.stages.estimate import estimate, questions_to_judge, to_ask
from harness.stages.job import Job
from harness.types import Case, Claim, Judgement, JudgementStatus, Statement


@dataclass(frozen=True, slots=True)
class JudgedClaim:
    """A claim with its verdict, and the passage that comes closest to saying so, by id."""

    text: str
    supported: bool
    score: float
    passage: str | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class JudgedAnswer:
    """One line of `judgements.jsonl`."""

    arm: str
    seed: int
    split: str
    question: str
    metric: str
    status: JudgementStatus
    message: str
    claims: tuple[JudgedClaim, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """What the judge has found, and how far it can be believed."""

    answers: Sequence[JudgedAnswer] = ()
    demoted: Mapping[str, str] = field(default_factory=dict)
    """Metric to the reason why its judge is not to be believed."""
    warnings: Sequence[str] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    """For `run.json`: plain data."""


def judge_answers(
    job: Job, metrics: Mapping[str, Metric], cases: Sequence[Case], prices: PriceList
) -> Judged:
    """Judge all that the metrics will ask about, so that scoring finds every verdict in memory.

    Raises:
        ConfigError: It would cost more than `max_usd`; nothing has been asked then.
    """
    if not judge_metrics(job):
        return Judged()
    keep(job.judge, job.artefacts)
    asked, labelled = list(questions_to_judge(metrics, cases)), labelled_pairs(job)
    every = [*statements(labelled), *to_ask(metrics, cases)]
    new, usage = job.judge.unknown(every), estimate(job, metrics, cases, every)
    if said := within_limit(job.benchmark.judge, usage, prices):
        job.progress.say(f"judge: {said}")
    measured, demoted = None, dict[str, str]()
    if labelled:
        found = judge_pairs(job.judge, labelled, job.progress)
        measured = agreement(Path(job.benchmark.judge.labels).name, labelled, found)
        reason = _reason(job, measured)
        demoted = dict.fromkeys(judge_metrics(job), reason) if reason else {}
    judgements: dict[int, Judgement] = {}
    with job.progress.task("judge answers", len(asked), "answers") as advance:
        for i, judgement in job.judge.judge_many([said for _, _, said in asked]):
            judgements[i] = judgement
            advance(len(judgements))
    answers = [
        _answer(job, metric, case, said, judgements[i])
        for i, (metric, case, said) in enumerate(asked)
    ]
    return Judged(answers, demoted, [*_warnings(demoted, answers)], {
        "signature": job.judge.signature,
        "asked": len(new),
        "estimate": {**encode(usage), "usd": price(job.benchmark.judge, usage, prices)},
        "statuses": _statuses(answers),
        "agreement": encode(measured),
    })  # fmt: skip


def labelled_pairs(job: Job) -> tuple[LabelledPair, ...]:
    """Return the user's own labelled pairs; none where the file names none.

    Raises:
        DataError: The file is absent or wrong, or holds labels of one kind only.
    """
    labels = job.benchmark.judge.labels
    if not labels:
        return ()
    pairs = read_pairs(Path(labels))
    if len({pair.label for pair in pairs}) < 2:
        raise DataError(f"{labels}: every label is the same; agreement needs some of both kinds")
    return pairs


def _reason(job: Job, measured: Agreement) -> str:
    """Return why the judge is demoted; empty where it is not."""
    least, found = job.benchmark.judge.min_kappa, measured.kappa
    if found.value is None or found.value >= least:
        return ""
    limits = "" if found.low is None else f" [{found.low:.2f}, {found.high:.2f}]"
    return f"demoted judge: kappa {found.value:.2f}{limits} < {least:g} on {measured.dataset}"


def _answer(
    job: Job, metric: str, case: Case, said: Statement, judgement: Judgement
) -> JudgedAnswer:
    p = case.prediction
    read = dict(zip(case.passages, p.passages, strict=True))
    known = [i for i in case.question.gold if i in job.documents]
    gold = dict(zip(case.gold, known, strict=True))
    ids = read | gold if said.passages == case.gold else gold | read
    claims = tuple(_claim(claim, said.passages, ids) for claim in judgement.claims)
    return JudgedAnswer(
        p.arm, p.seed, case.question.split, case.question.id, metric,
        judgement.status, judgement.message, claims,
    )  # fmt: skip


def _claim(c: Claim, passages: Sequence[str], ids: Mapping[str, str]) -> JudgedClaim:
    passage = None if c.passage is None else ids[passages[c.passage]]
    return JudgedClaim(c.text, c.supported, c.score, passage, c.start, c.end)


def _statuses(answers: Sequence[JudgedAnswer]) -> dict[str, dict[str, int]]:
    """Return how many answers have which status, metric by metric."""
    counts: dict[str, Counter[str]] = {}
    for row in answers:
        counts.setdefault(row.metric, Counter())[row.status] += 1
    return {metric: dict(sorted(count.items())) for metric, count in counts.items()}


def _warnings(demoted: Mapping[str, str], answers: Sequence[JudgedAnswer]) -> Iterator[str]:
    for metric, reason in demoted.items():
        yield f"{metric}: {reason}"
    troubles = Counter((a.metric, a.arm, a.status) for a in answers if a.status in TROUBLE)
    for (metric, arm, status), n in troubles.items():
        said = next(
            a.message for a in answers if (a.metric, a.arm, a.status) == (metric, arm, status)
        )
        yield f"{arm}: {n} answers have no {metric}: {status}{f' ({said})' if said else ''}"
