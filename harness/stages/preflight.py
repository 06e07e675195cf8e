"""What can be found wrong before anything is trained: every plug-in, context and callable."""

from harness import registry
from harness.config.records import Benchmark
from harness.costs.price_list import load_prices
from harness.errors import DataError
from harness.external import from_callable
from harness.stages.answering import external_identity
from harness.stages.chosen import chosen_metrics
from harness.stages.job import Job
from harness.stages.judging import labelled_pairs
from harness.stages.models import check_model, check_trainable


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
    _check_models(b)
    for label, weights in b.weights.items():
        check_trainable(f"weights.{label}", weights.model, b.models[weights.model])
        registry.check("training", weights.type, weights.options, f"weights.{label}")
    for label, retriever in b.retrievers.items():
        where = f"retrievers.{label}"
        registry.check("retriever", retriever.type, retriever.options, where)
        chunker = retriever.chunker
        registry.check("chunker", chunker.type, chunker.options, f"{where}.chunker")
    for label in b.prompts:
        job.prompt(label)
    registry.check("judge", b.judge.type, b.judge.options, "judge")
    labelled_pairs(job)
    chosen_metrics(job)
    for name, arm in b.arms.items():
        if arm.type == "external":
            external_identity(arm)
            if arm.callable:
                from_callable(name, arm.callable)
        elif arm.context.type in ("retrieved", "wrong"):
            job.retrievals[arm.context.retriever].check_depth(name, arm.context)


def _check_models(b: Benchmark) -> None:
    prices = load_prices(b.prices)
    for label, model in b.models.items():
        check_model(label, model)
        if model.hosted:
            for side in ("in", "out"):
                prices.find(f"{model.path} {side}", "million tokens")
