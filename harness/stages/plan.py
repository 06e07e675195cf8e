"""What a run would still do: the stages are asked with a store of artefacts that makes nothing."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.agreement.agreement import statements
from harness.agreement.limit import in_words, price
from harness.artefacts import Artefacts
from harness.costs.price_list import load_prices
from harness.progress import Silent
from harness.stages.answering import Answered, made_of
from harness.stages.cases import case, cases
from harness.stages.chosen import chosen_metrics, judge_metrics
from harness.stages.contexts import contexts_of
from harness.stages.estimate import estimate, to_ask, total
from harness.stages.evaluation import floor_answers, floor_cases
from harness.stages.job import ArmRun, Job
from harness.stages.judging import labelled_pairs
from harness.stages.predictions import Answers, in_order
from harness.stages.preflight import preflight
from harness.stages.starting import check_start
from harness.stages.weights import trained
from harness.types import Case, Hit, Prediction, Question, Usage


@dataclass(frozen=True, slots=True)
class ToTry:
    """How many trials of an arm's settings are yet to be made."""

    arm: str
    missing: int
    trials: int
    questions: int


@dataclass(frozen=True, slots=True)
class ToTrain:
    """A set of weights that is yet to be trained."""

    weights: str
    seed: int
    tokens: int


@dataclass(frozen=True, slots=True)
class ToAnswer:
    """How much of an arm is yet to be answered."""

    arm: str
    seed: int
    missing: int
    questions: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What is left to do of a benchmark."""

    weights: tuple[ToTrain, ...]
    arms: tuple[ToAnswer, ...]
    judge: str
    """Its name; empty where no metric asks one."""
    to_judge: int
    """Judgements to ask for; answers that are yet to be given count as if they were right."""
    usage: Usage
    usd: float | None
    """None where the price list does not know the judge's model."""
    max_usd: float | None
    tuning: tuple[ToTry, ...] = ()
    """Trials on the development questions; what is left of the rest is as the file has it."""


class _NotMade(Exception):
    """An artefact is not there."""


@dataclass(frozen=True, slots=True)
class _Standing(Artefacts):
    """The artefacts that are there; of those that are not, only chunks are made, elsewhere."""

    scratch: Path = Path()

    def build(self, kind: str, made_of: Mapping[str, Any], make: Callable[[Path], None]) -> Path:
        path = self.path(kind, made_of)
        if path.exists():
            return path
        if kind != "chunks":
            raise _NotMade(path.name)
        return Artefacts(self.scratch).build(kind, made_of, make)

    def grow(self, kind: str, made_of: Mapping[str, Any]) -> Path:
        path = self.path(kind, made_of)
        if not path.exists():
            raise _NotMade(path.name)
        return path


def planned(job: Job) -> Plan:
    """Return what is left to do; the file is checked as a run would check it.

    Raises:
        HarnessError: What `preflight` finds.
    """
    with tempfile.TemporaryDirectory() as scratch:
        store = _Standing(job.artefacts.root, scratch=Path(scratch))
        job = replace(job, artefacts=store, progress=Silent())
        preflight(job)
        folders = {key: _trained(job, *key) for key in _named_weights(job)}
        found = [_answers(job, run, folders) for run in job.runs]
        to_judge, usage = _to_judge(job, found) if judge_metrics(job) else (0, Usage())
    b = job.benchmark
    return Plan(
        tuple(
            ToTrain(label, seed, b.weights[label].tokens or b.training.tokens_per_weights)
            for (label, seed), folder in folders.items()
            if folder is None
        ),
        tuple(ToAnswer(a.run.name, a.run.seed, len(m), len(job.to_answer)) for a, m in found),
        b.judge.type if judge_metrics(job) else "",
        to_judge,
        usage,
        price(b.judge, usage, load_prices(b.prices)),
        b.judge.max_usd,
    )


def as_text(plan: Plan) -> str:
    """Return a plan for a person."""
    return "\n".join(_lines(plan))


def _lines(plan: Plan) -> Iterator[str]:
    for t in plan.tuning:
        yield f"tune {t.arm}: {t.missing} of {t.trials} trials, each {t.questions:,} questions"
    if any(t.missing for t in plan.tuning):
        yield "then, with the settings of the file in place of those yet to be chosen:"
    for w in plan.weights:
        yield f"train {w.weights}, seed {w.seed}: {w.tokens:,} tokens"
    several = len({a.seed for a in plan.arms}) > 1
    for a in plan.arms:
        name = f"{a.arm}, seed {a.seed}" if several else a.arm
        yield f"answer {name}: {a.missing:,} of {a.questions:,} questions"
    if not plan.judge:
        yield "judge: no metric asks one"
        return
    said = f"judge ({plan.judge}): {plan.to_judge:,} judgements"
    if plan.usage == Usage():
        yield f"{said}, without asking anybody"
        return
    yield f"{said}, {in_words(plan.usage, plan.usd)}"
    if plan.max_usd is not None and (plan.usd is None or plan.usd > plan.max_usd):
        yield f"judge: would not begin, since max_usd ({plan.max_usd:g}) may not hold"


def _named_weights(job: Job) -> dict[tuple[str, int], None]:
    """Return the weights of the arms, each behind those that it goes on from."""
    found: dict[tuple[str, int], None] = {}
    for run in job.runs:
        label = run.arm.weights if run.arm.type == "model" else "base"
        chain: list[str] = []
        while label not in ("", "base"):
            chain.insert(0, label)
            label = job.benchmark.weights[label].start
        found |= {(label, run.seed): None for label in chain}
    return found


def _trained(job: Job, label: str, seed: int) -> Path | None:
    """Return the folder of trained weights; None where they are yet to be trained."""
    check_start(job, label)
    try:
        return trained(job, label, seed).folder
    except _NotMade:
        return None


def _answers(
    job: Job, run: ArmRun, folders: Mapping[tuple[str, int], Path | None]
) -> tuple[Answered, list[Question]]:
    """Return what an arm has answered, and the questions that it has not."""
    there = {key: folder for key, folder in folders.items() if folder is not None}
    learned = run.arm.type == "model" and run.arm.weights != "base"
    if learned and (run.arm.weights, run.seed) not in there:
        return Answered(run, (), ()), list(job.to_answer)
    kept = Answers(job.artefacts.path("answers", made_of(job, run, there)))
    wanted = [q.id for q in job.to_answer]
    missing = kept.missing(wanted, retry_failures=job.retry_failures)
    done = [p for p in in_order(kept.done(), job.to_answer) if p.question_id not in missing]
    return Answered(run, tuple(done), ()), [q for q in job.to_answer if q.id in missing]


def _to_judge(job: Job, found: Sequence[tuple[Answered, list[Question]]]) -> tuple[int, Usage]:
    """Return how many answers are yet to be judged, and about what that takes.

    Equal answers of several arms are judged once, those that are there; guessed ones are not
    taken for equal.
    """
    metrics = chosen_metrics(job)
    folder = job.artefacts.path("judgements", {"judge": job.judge.signature})
    if folder.exists():
        job.judge.remember(folder)
    there: list[Case] = [
        c for answered, _ in found for c in cases(job, [answered] if answered.predictions else [])
    ]
    there += floor_cases(job, floor_answers(job))
    parts = [(there, statements(labelled_pairs(job)))]
    parts += [([*_guessed(job, answered.run, missing)], []) for answered, missing in found]
    count, usages = 0, list[Usage]()
    for part, labelled in parts:
        asked = [*labelled, *to_ask(metrics, part)]
        count += len(job.judge.unknown(asked))
        usages.append(estimate(job, metrics, part, asked))
    return count, total(usages)


def _guessed(job: Job, run: ArmRun, missing: Sequence[Question]) -> Iterator[Case]:
    """Yield questions with a reference for an answer, and what the arm would read.

    Where nothing has been retrieved yet, the first chunks of the corpus stand in: they are as
    long as others.
    """
    arm, read = run.arm, dict[str, tuple[Hit, ...] | None]()
    if arm.type == "model" and missing:
        try:
            read = job.contexts(arm)
        except _NotMade:
            retrieval = job.retrievals[arm.context.retriever]
            first = tuple(Hit(chunk, 0.0) for chunk in retrieval.indexed[: retrieval.config.depth])
            read = contexts_of(arm.context, retrieval, missing, {q.id: first for q in missing})
    for q in missing:
        passages = tuple(hit.chunk.id for hit in read.get(q.id) or ())
        said = next(iter(q.answers), "")
        p = Prediction(run.name, run.seed, q.split, q.id, said, passages)
        kind = "external" if arm.type == "external" else arm.context.type
        yield case(q, p, kind, (), job.documents)
