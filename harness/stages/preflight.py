"""What can be found wrong before anything is trained: every plug-in, context and callable."""

from pathlib import Path

from harness import registry
from harness.config.records import Benchmark, Model
from harness.costs.price_list import load_prices
from harness.errors import ConfigError, DataError
from harness.external import check_answers, from_callable
from harness.generation.load import choose_device
from harness.stages.answering import external_identity
from harness.stages.chosen import chosen_metrics
from harness.stages.fields import check_fields
from harness.stages.job import Job
from harness.stages.judging import labelled_pairs
from harness.stages.models import check_model, check_trainable, rendering_of
from harness.stages.retriever import check_depth
from harness.training.subset import subset


def preflight(job: Job) -> None:
    """Check a benchmark as far as it goes without training or answering.

    Raises:
        HarnessError: Something in the file or the question set does not fit.
    """
    b = job.benchmark
    if not job.questions.test:
        raise DataError(
            f"{job.questions.name}: no test questions; mark some as split test, or leave the "
            "splits out to have them made"
        )
    if not all(model.hosted for model in b.models.values()):
        choose_device(job.device)
    _check_models(b)
    for label, retriever in b.retrievers.items():
        where = f"retrievers.{label}"
        registry.check("retriever", retriever.type, retriever.options, where)
        chunker = retriever.chunker
        registry.check("chunker", chunker.type, chunker.options, f"{where}.chunker")
    for label in b.prompts:
        prompt = job.prompt(label)
        if prompt.cites and not prompt.numbers:
            raise ConfigError(
                f"prompts.{label}.passage: without {{n}} the passages have no numbers to cite; "
                "write it in, as in '[{n}] {passage}'"
            )
    check_fields(job)
    _check_weights(job)
    registry.check("judge", b.judge.type, b.judge.options, "judge")
    labelled_pairs(job)
    chosen_metrics(job)
    _check_arms(job)


def _check_arms(job: Job) -> None:
    for name, arm in job.benchmark.arms.items():
        if arm.type == "external":
            external_identity(arm)
            if arm.callable:
                from_callable(name, arm.callable)
            else:
                check_answers(name, Path(arm.answers), [q.id for q in job.askable])
        elif arm.context.type in ("retrieved", "wrong"):
            retrieval = job.retrievals[arm.context.retriever]
            there, depth = len(retrieval.indexed), retrieval.config.depth
            check_depth(retrieval.label, depth, there, name, arm.context)
        elif arm.context.type == "whole":
            _check_window(name, arm.model, job.benchmark.models[arm.model])


def _check_weights(job: Job) -> None:
    b = job.benchmark
    for label, weights in b.weights.items():
        where = f"weights.{label}"
        check_trainable(where, weights.model, b.models[weights.model])
        registry.check("training", weights.type, weights.options, where)
        subset(job.questions.split("train"), weights.rows, where, seed=0)
        if weights.shards:
            from harness.training.shards import check_build

            rendering = rendering_of(b.models[weights.model])
            check_build(Path(weights.shards), rendering, job.prompt(weights.prompt))
        if not weights.citations:
            continue
        if "passages" not in weights.sees:
            raise ConfigError(f"{where}.citations: there is nothing to cite; add sees: passages")
        if not job.prompt(weights.prompt).numbers:
            raise ConfigError(
                f"{where}.citations: prompt {weights.prompt!r} does not number the passages; "
                "name one that does, as 'template: cited' does"
            )


def _check_window(arm: str, label: str, model: Model) -> None:
    """Refuse to read as much as the window holds where nobody says how much that is."""
    if model.hosted and not model.options.get("window"):
        raise ConfigError(
            f"arms.{arm}.context: 'whole' reads until the window is full, and models.{label} does "
            "not say how large it is; give it a window in tokens, as in window: 128000"
        )


def _check_models(b: Benchmark) -> None:
    prices = load_prices(b.prices)
    for label, model in b.models.items():
        check_model(label, model)
        if model.hosted:
            for side in ("in", "out"):
                prices.find(f"{model.path} {side}", "million tokens")
