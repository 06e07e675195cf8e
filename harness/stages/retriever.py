"""A retriever as a benchmark file names it: its options, and the models it asks."""

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from harness import registry
from harness.config.records import Context, Model
from harness.config.records import Retriever as RetrieverConfig
from harness.config.strict import Plugin
from harness.errors import ConfigError
from harness.protocols import Embedder
from harness.stages.models import model_identity


def options_of(config: RetrieverConfig) -> dict[str, Any]:
    """Return the options of the plug-in, with the `depth` of the file where it takes one.

    So a question timed alone passes through as many hits as the rankings were made of.
    """
    takes = inspect.signature(registry.resolve("retriever", config.type)).parameters
    given = {"depth": config.depth} if "depth" in takes else {}
    return given | config.options


def embedder_of(chunker: Plugin) -> str | None:
    """Return the signature of the embedder by which a chunker cuts; None where it needs none."""
    given = chunker.options.get("embedder")
    if given is None:
        return None
    table = {"type": given} if isinstance(given, str) else dict(given)
    name = table.pop("type")
    embedder: Embedder = registry.create("embedder", name, table, "chunker.embedder")
    return embedder.signature


def models_asked(options: Any) -> Iterator[dict[str, Any]]:
    """Yield what each generator is that rewrites questions, however deep in the options."""
    if isinstance(options, Mapping):
        if isinstance(options.get("model"), Mapping):
            yield model_identity(Model(**options["model"]))
        for value in options.values():
            yield from models_asked(value)
    elif isinstance(options, list | tuple):
        for value in options:
            yield from models_asked(value)


def check_depth(label: str, depth: int, there: int, arm: str, context: Context) -> None:
    """Refuse to let an arm read more passages than there are.

    With a threshold `k` is a limit that need not be reached.

    Args:
        label: The retriever.
        depth: Hits kept for each question.
        there: Chunks in its index.
        arm: Who reads them.
        context: How it reads them.

    Raises:
        ConfigError: `k` is larger than the number of chunks, or than the depth kept.
    """
    k = context.k
    if k > there and context.threshold is None:
        raise ConfigError(
            f"arms.{arm}.context.k: {k} passages of an index of {there} chunks; lower k"
        )
    if k > depth:
        raise ConfigError(
            f"arms.{arm}.context.k: {k}, more than retrievers.{label}.depth ({depth}); "
            "lower k or raise the depth"
        )
