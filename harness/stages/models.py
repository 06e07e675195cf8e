"""The model in memory: one set of weights at a time, unless there is room for more."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import registry
from harness.config.records import Model
from harness.errors import ConfigError
from harness.files import folder_digest
from harness.generation.endpoint import OPENAI, OPENAI_KEY, find_key
from harness.generation.place import locate
from harness.protocols import Generator

if TYPE_CHECKING:
    from harness.generation.rendering import Rendering

NO_MATTER = ("api_key_env", "batch_size", "concurrency", "retries", "timeout")
"""Options that change no text: another value is the same model."""


def rendering_of(model: Model) -> "Rendering":
    """Return how a local model of a benchmark is written to; loads no weights."""
    from harness.generation.rendering import Rendering

    return Rendering.of(model.path, model.options.get("template_options"))


@dataclass(frozen=True, slots=True)
class Loadable:
    """What has to be loaded to answer: a base model, trained weights or none, merged or not."""

    model: str
    weights: Path | None = None
    merged: bool = True


@dataclass
class Models:
    """Loads generators; asking for another one drops those that were not asked to stay."""

    configs: dict[str, Model]
    device: str
    _loaded: dict[Loadable, Generator] = field(default_factory=dict)

    def get(self, what: Loadable, *, keep_others: bool = False) -> Generator:
        """Return a generator; it stays in memory until another one is asked for."""
        if what not in self._loaded:
            if not keep_others:
                self.drop()
            self._loaded[what] = self._load(what)
        return self._loaded[what]

    def drop(self) -> None:
        """Forget every model, so that its memory is free for the next."""
        self._loaded.clear()

    def _load(self, what: Loadable) -> Generator:
        config = self.configs[what.model]
        options = config.options
        if not config.hosted:
            options["device"] = self.device
        if what.weights is not None:
            options |= {"weights": what.weights, "merge": what.merged}
        found: Generator = registry.create("model", config.type, options, f"models.{what.model}")
        return found


def model_identity(model: Model) -> dict[str, Any]:
    """Return what a model is, by the digest of its files where they are here; loads no library.

    Raises:
        ModelError: Its path reads like a folder and there is none.
    """
    told = {name: value for name, value in model.options.items() if name not in NO_MATTER}
    path = told.pop("path")
    if model.hosted:
        return {"type": model.type, "is": f"hosted {path}", **told}
    place = locate(path)
    what = folder_digest(place) if isinstance(place, Path) else f"hub {place}"
    return {"type": model.type, "is": what, **told}


def check_model(label: str, model: Model) -> None:
    """Check a model as far as it goes without loading or asking it.

    Raises:
        HarnessError: There is no such folder, an option does not fit, or a key is not set.
    """
    where = f"models.{label}"
    registry.check("model", model.type, model.options, where)
    if model.hosted:
        told = model.options
        find_key(where, told.get("base_url", OPENAI), told.get("api_key_env", OPENAI_KEY))
    model_identity(model)


def check_trainable(what: str, label: str, model: Model) -> None:
    """Refuse to train what is not here.

    Raises:
        ConfigError: The model is hosted.
    """
    if model.hosted:
        raise ConfigError(
            f"{what}: model {label!r} is hosted ({model.type}) and cannot be trained here; train "
            "a local model, or name the server's own tuned model as a model with base weights"
        )


def device_type(device: str) -> str:
    """Return `cpu`, `cuda`, ...: what a text may depend on; `auto` is what there is here."""
    if device != "auto":
        return device.partition(":")[0]
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
