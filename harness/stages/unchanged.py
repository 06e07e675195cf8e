"""Whether the models that were trained on are, after all stages, what they were before."""

from pathlib import Path

from harness.files import folder_digest
from harness.generation.place import locate
from harness.stages.job import Job


def base_unchanged(job: Job) -> dict[str, bool]:
    """Return for each base model that weights were trained on whether its files are as before.

    The digest before is the one in the run's identity, taken before anything was trained; now
    the files are read again. A model from a hub or of a server has no folder to compare.
    """
    named = (arm.weights for arm in job.benchmark.arms.values() if arm.type == "model")
    trained = dict.fromkeys(
        job.benchmark.weights[label].model for label in named if label != "base"
    )
    models = {label: job.benchmark.models[label] for label in trained}
    places = {label: locate(m.path) for label, m in models.items() if not m.hosted}
    return {
        label: folder_digest.__wrapped__(place) == folder_digest(place)
        for label, place in places.items()
        if isinstance(place, Path)
    }
