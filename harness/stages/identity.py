"""What makes two runs the same run, and what makes one need no more work."""

from typing import Any

from harness.costs.price_list import load_prices
from harness.files import digest, encode, source_digest
from harness.provenance import packages
from harness.stages.answering import external_identity
from harness.stages.job import Job
from harness.stages.models import model_identity


def identity(job: Job) -> dict[str, Any]:
    """Return what another run differs in: data, models, prompts, decoding, seeds.

    The same run may ask more or fewer questions, of other arms, by other metrics.
    """
    b = job.benchmark
    return {
        "dataset": {"name": job.questions.name, "digest": job.questions.digest},
        "models": {label: model_identity(model) for label, model in b.models.items()},
        "prompts": {label: digest(job.prompt(label)) for label in b.prompts},
        "decoding": {label: d.model_dump() for label, d in b.decoding.items()},
        "seeds": list(b.training.seeds),
    }


def run_key(job: Job) -> str:
    """Return a digest of all that a run's results depend on: the same key, nothing to do."""
    prices = load_prices(job.benchmark.prices)
    externals = [arm for arm in job.benchmark.arms.values() if arm.type == "external"]
    return digest(
        {
            "identity": identity(job),
            "benchmark": job.benchmark.model_dump(),
            "asked": [question.id for question in job.asked],
            "device": job.device_type,
            "prices": encode(prices),
            "external": [external_identity(a) for a in externals],
            "source": source_digest("."),
            "packages": packages(),
        }
    )
