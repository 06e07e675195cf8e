"""What makes two runs the same run, and what makes one need no more work."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.costs.price_list import load_prices
from harness.files import digest, encode, folder_digest, source_digest
from harness.provenance import packages
from harness.stages.answering import external_identity
from harness.stages.chosen import judge_metrics
from harness.stages.job import Job
from harness.stages.judging import labelled_pairs
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
            "benchmark": job.benchmark.model_dump(exclude={"judge": {"max_usd"}}),
            "judge": _judge(job) if judge_metrics(job) else [],
            "labels": digest(labelled_pairs(job)),
            "asked": [question.id for question in job.asked],
            "device": job.device_type,
            "prices": encode(prices),
            "external": [external_identity(a) for a in externals],
            "source": source_digest("."),
            "packages": packages(),
        }
    )


def _judge(job: Job) -> list[str]:
    """Return the files that verdicts depend on, by digest; the rest of it is in the config."""
    from harness.judges.offline import WEIGHTS

    folders, model = [WEIGHTS], job.benchmark.judge.options.get("model")
    if isinstance(model, Mapping) and model.get("path"):
        folders.append(Path(str(model["path"])).expanduser())
    return [folder_digest(folder) for folder in folders if folder.is_dir()]
