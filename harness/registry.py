"""Names to plug-ins.

Built-ins are rows of one table; other packages add theirs as entry points in the group
`harness.<kind>`. Nothing is imported until it is asked for, so `harness --help` stays quick
and a metric never pulls in torch.
"""

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Literal, get_args

from harness.errors import ConfigError, MissingExtra, UnknownName, did_you_mean

Kind = Literal["chunker", "embedder", "store", "retriever", "model", "training", "metric"]

BUILT_IN: Mapping[Kind, Mapping[str, str]] = {
    "chunker": {
        "recursive": "harness.chunking.recursive:Recursive",
        "whole": "harness.chunking.whole:Whole",
    },
    "embedder": {
        "minilm": "harness.retrieval.minilm:MiniLM",
        "sentence-transformers": "harness.retrieval.sentence_transformers:SentenceTransformers",
    },
    "store": {"faiss": "harness.retrieval.faiss_store:FaissStore"},
    "retriever": {
        "bm25": "harness.retrieval.bm25:BM25",
        "dense": "harness.retrieval.dense:Dense",
        "minilm": "harness.retrieval.dense:Dense",
        "rrf": "harness.retrieval.fusion:Fusion",
    },
    "model": {"transformers": "harness.generation.local:LocalModel"},
    "training": {
        "full": "harness.training.full:Full",
        "lora": "harness.training.lora:Lora",
    },
    "metric": {
        "abstention_precision": "harness.metrics.abstention:AbstentionPrecision",
        "abstention_recall": "harness.metrics.abstention:AbstentionRecall",
        "bleu": "harness.metrics.bleu:Bleu",
        "chrf": "harness.metrics.bleu:Chrf",
        "contains": "harness.metrics.answer:Contains",
        "cosine": "harness.metrics.cosine:Cosine",
        "cosine_tfidf": "harness.metrics.cosine_tfidf:CosineTfidf",
        "exact_match": "harness.metrics.answer:ExactMatch",
        "faithfulness_gold": "harness.metrics.faithfulness:gold",
        "faithfulness_retrieved": "harness.metrics.faithfulness:retrieved",
        "hit": "harness.metrics.ranking:hit",
        "meteor": "harness.metrics.meteor:Meteor",
        "mrr": "harness.metrics.ranking:mrr",
        "ndcg": "harness.metrics.ranking:ndcg",
        "recall": "harness.metrics.ranking:recall",
        "rouge1": "harness.metrics.rouge:rouge1",
        "rouge2": "harness.metrics.rouge:rouge2",
        "rougeL": "harness.metrics.rouge:RougeL",
        "rougeLsum": "harness.metrics.rouge:RougeLsum",
        "token_f1": "harness.metrics.answer:TokenF1",
        "tokens_in": "harness.metrics.usage:tokens_in",
        "tokens_out": "harness.metrics.usage:tokens_out",
    },
}


@cache
def names(kind: Kind) -> Mapping[str, str]:
    """Return every known name of a kind with its target, "module:attribute".

    Raises:
        ConfigError: Two installed packages claim one name.
    """
    table = dict(BUILT_IN[kind])
    for point in entry_points(group=f"harness.{kind}"):
        if table.get(point.name, point.value) != point.value:
            raise ConfigError(
                f"{kind} {point.name!r} is claimed by {table[point.name]} and {point.value}; "
                "uninstall one of the two packages"
            )
        table[point.name] = point.value
    return table


def create(kind: Kind, name: str, options: Mapping[str, Any], where: str = "") -> Any:
    """Build a plug-in; an option named after a kind is a plug-in itself and is built first.

    So is every member of an option `of`, which lists plug-ins of the same kind.

    Raises:
        UnknownName: No such plug-in.
        MissingExtra: Its module needs a package that is not installed.
        ConfigError: An option does not fit the constructor.
    """
    factory = resolve(kind, name, where)
    built = {key: _built(kind, key, value, where) for key, value in options.items()}
    signature = inspect.signature(factory)
    for key in built:
        if key not in signature.parameters:
            hint = did_you_mean(key, signature.parameters)
            raise ConfigError(f"{where or kind}: {name!r} has no option {key!r}; {hint}")
    try:
        signature.bind(**built)
    except TypeError as error:
        raise ConfigError(f"{where or kind}: {name!r}: {error}") from error
    return factory(**built)


def _built(kind: Kind, key: str, value: Any, where: str) -> Any:
    if key == "of":
        return [_plugin(kind, member, where) for member in value]
    if key in get_args(Kind):
        return _plugin(key, value, where)  # type: ignore[arg-type]
    return value


def _plugin(kind: Kind, value: Any, where: str) -> Any:
    """Build a plug-in from its name, or from a table with a `type`; pass on what is built."""
    if isinstance(value, str):
        return create(kind, value, {}, where)
    if isinstance(value, Mapping) and isinstance(value.get("type"), str):
        return create(kind, value["type"], {k: v for k, v in value.items() if k != "type"}, where)
    if isinstance(value, Mapping):
        raise ConfigError(f"{where or kind}: a {kind} needs a name or a table with a 'type'")
    return value


def resolve(kind: Kind, name: str, where: str = "") -> Callable[..., Any]:
    """Return what a name stands for: a class or a function.

    Raises:
        UnknownName: No such plug-in.
        MissingExtra: Its module needs a package that is not installed.
    """
    known = names(kind)
    if name not in known:
        prefix = f"{where}: " if where else ""
        raise UnknownName(f"{prefix}no {kind} is called {name!r}; {did_you_mean(name, known)}")
    module, _, attribute = known[name].partition(":")
    try:
        loaded = import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("harness"):
            raise
        raise MissingExtra(
            f"{kind} {name!r} needs the package {error.name!r}: pip install {error.name}"
        ) from error
    found: Callable[..., Any] = getattr(loaded, attribute)
    return found
