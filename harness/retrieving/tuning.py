"""The weights of a fusion, chosen on questions that the results are not about."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, cast

from harness import registry
from harness.config.records import Benchmark, Retriever
from harness.files import digest
from harness.retrieval.ranking import best_hits
from harness.retrieval.weighted import Scale, weighted_mean
from harness.retrieving.measures import TUNED_BY, mean, measures
from harness.retrieving.ranking import documents
from harness.retrieving.system import System
from harness.stages.job import Job
from harness.types import Hit, Question

Spec = Mapping[str, Any]
"""A retriever as it stands in a file: its `type` with its options."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One choice of weights, and what it is worth on the questions to tune on."""

    retriever: str
    members: str
    weights: tuple[float, ...]
    ndcg: float
    """nDCG@10."""
    split: str
    n: int
    chosen: bool = False


def tuned(job: Job, questions: Sequence[Question], split: str) -> tuple[Benchmark, list[Trial]]:
    """Return the benchmark with the best weights in every weighted fusion that gives none.

    The members rank the questions once and all weights are tried on these rankings. The best has
    the highest nDCG@10; of equals it is the one nearest to equal weights. A fusion that another
    retriever wraps is tuned on its own ranking.

    Args:
        job: Retrievers of its benchmark that give their `weights` keep them.
        questions: To tune on, with gold.
        split: What they are called.
    """
    trials: list[Trial] = []
    known: dict[str, list[Trial]] = {}

    def settle(label: str, config: Retriever, spec: Spec) -> dict[str, Any]:
        inner = spec.get("of")
        found = dict(spec)
        if isinstance(inner, Mapping):
            found["of"] = settle(label, config, inner)
        elif isinstance(inner, list | tuple):
            found["of"] = [settle(label, config, m) if isinstance(m, Mapping) else m for m in inner]
        if found["type"] != "weighted" or found.get("weights") is not None:
            return found
        key = digest([found, config.chunker.model_dump(), config.depth])
        if key not in known:
            known[key] = _tried(job, label, config, found, questions, split)
            trials.extend(known[key])
        [best] = [trial for trial in known[key] if trial.chosen]
        return {**found, "weights": list(best.weights)}

    retrievers = {}
    for label, config in job.benchmark.retrievers.items():
        spec = settle(label, config, {"type": config.type, **config.options})
        retrievers[label] = Retriever.model_validate({**_common(config), **spec})
    return job.benchmark.model_copy(update={"retrievers": retrievers}), trials


def grid(members: int) -> Iterator[tuple[float, ...]]:
    """Yield weights that add up to 1: in steps of 0.1 for two members, of 0.25 for more.

    >>> len(list(grid(2))), len(list(grid(3)))
    (11, 15)
    """
    steps = 10 if members == 2 else 4
    for parts in product(range(steps + 1), repeat=members):
        if sum(parts) == steps:
            yield tuple(part / steps for part in parts)


def _common(config: Retriever) -> dict[str, Any]:
    """Return what every retriever has besides its type and its own options."""
    return config.model_dump(include=set(Retriever.model_fields) - {"type"})


def _tried(
    job: Job, label: str, config: Retriever, spec: Spec, questions: Sequence[Question], split: str
) -> list[Trial]:
    registry.check("retriever", spec["type"], {k: v for k, v in spec.items() if k != "type"}, label)
    depth = max(config.depth, int(spec.get("depth", 50)))
    members = [m if isinstance(m, Mapping) else {"type": m} for m in spec["of"]]
    found: list[Mapping[str, tuple[Hit, ...]]] = []
    for member in members:
        own = Retriever.model_validate({**_common(config), **member, "depth": depth})
        name = f"{label}: {member['type']}"
        alone = job.benchmark.model_copy(update={"retrievers": {name: own}})
        found.append(replace(job, benchmark=alone).retrievals[name].rankings(questions)[0])
    scale = cast(Scale, spec.get("scale", "min-max"))
    [ndcg] = [metric for name, metric in measures([TUNED_BY]).items() if name.startswith("ndcg")]
    values = {}
    for weights in grid(len(members)):
        fused = {
            q.id: documents(
                best_hits(weighted_mean([f[q.id] for f in found], weights, scale), config.depth)
            )
            for q in questions
        }
        values[weights] = mean(System(label, fused), questions, ndcg)
    best = max(values, key=lambda weights: (round(values[weights], 12), -_unevenness(weights)))
    names = " + ".join(str(member["type"]) for member in members)
    return [
        Trial(label, names, weights, value, split, len(questions), weights == best)
        for weights, value in values.items()
    ]


def _unevenness(weights: Sequence[float]) -> float:
    return sum((weight - 1 / len(weights)) ** 2 for weight in weights)
