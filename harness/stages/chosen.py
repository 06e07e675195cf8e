"""The metrics that a benchmark names, as plug-ins by the name the tables show."""

import inspect
from collections.abc import Collection
from typing import Any

from harness import registry
from harness.errors import ConfigError
from harness.protocols import Metric
from harness.stages.job import Job
from harness.stages.rewards import rewards

MEASURED_APART = (
    "latency_p50_ms", "latency_p95_ms", "latency_p99_ms", "retrieval_p50_ms", "cost_usd_per_1k",
)  # fmt: skip
"""Names that are no function of an answer: always there, no need to ask for them."""


def chosen_metrics(job: Job) -> dict[str, Metric]:
    """Return the primary metric and the others, in the order of the file.

    `name@k` is the metric `name` with its option `k`.

    Raises:
        UnknownName: There is no such metric.
        ConfigError: What stands after the `@` is no number or exceeds a retriever's depth.
    """
    given = job.benchmark.metrics
    if given.primary in MEASURED_APART:
        raise ConfigError(
            f"metrics.primary: {given.primary!r} is always measured; name a metric of the answers"
        )
    labels = dict.fromkeys((given.primary, *given.also))
    return {label: _metric(job, label) for label in labels if label not in MEASURED_APART}


def _metric(job: Job, label: str) -> Metric:
    name, at, k = label.partition("@")
    options: dict[str, Any] = {}
    if at:
        if not k.isdigit() or int(k) < 1:
            raise ConfigError(f"metrics: {label!r}: write a number from 1 after the @, as in hit@5")
        options["k"] = int(k)
        deepest = min((r.depth for r in job.benchmark.retrievers.values()), default=int(k))
        if int(k) > deepest:
            raise ConfigError(
                f"metrics: {label!r} looks further than a retriever's depth of {deepest}; "
                "raise the depth"
            )
    needs = _needs(name)
    if "embedder" in needs:
        options["embedder"] = "minilm"
    if "texts" in needs:
        options["texts"] = [document.text for document in job.questions.corpus]
    if "documents" in needs:
        options["documents"] = job.documents
    if "judge" in needs:
        options["judge"] = job.judge
    if "rewards" in needs:
        options["rewards"] = rewards(job)
    metric: Metric = registry.create("metric", name, options, "metrics")
    return metric


def judge_metrics(job: Job) -> tuple[str, ...]:
    """Return the metrics of the benchmark that need its judge."""
    given = job.benchmark.metrics
    labels = dict.fromkeys((given.primary, *given.also))
    named = {label: label.partition("@")[0] for label in labels if label not in MEASURED_APART}
    return tuple(label for label, name in named.items() if "judge" in _needs(name))


def _needs(name: str) -> Collection[str]:
    """Return the parameters of a metric's constructor: what it needs it names."""
    return inspect.signature(registry.resolve("metric", name, "metrics")).parameters
