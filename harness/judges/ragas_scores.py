"""Further metrics of ragas, by name, from its own code.

This module imports ragas: import it late.
"""

import math
from collections.abc import Mapping
from typing import Any

from harness.judges.ragas_library import ragas_module
from harness.judges.trouble import Trouble
from harness.protocols import Embedder

CLASSES: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "answer_relevancy": ("AnswerRelevancy", {"strictness": 1}),
    "context_precision": ("ContextPrecision", {}),
    "context_recall": ("ContextRecall", {}),
    "factual_correctness": ("FactualCorrectness", {}),
    "noise_sensitivity": ("NoiseSensitivity", {}),
}
"""Strictness is how often the same question is put: to greedy decoding once is enough."""

_Embedding: Any = ragas_module("embeddings.base").BaseRagasEmbedding


def ragas_metric(name: str, llm: Any, embedder: Embedder | None) -> Any:
    """Return ragas' metric of that name; only `answer_relevancy` needs an embedder."""
    called, options = CLASSES[name]
    given = dict(options)
    if embedder is not None:
        given["embeddings"] = _Embedded(embedder)
    return getattr(ragas_module("metrics.collections"), called)(llm=llm, **given)


async def scored(metric: Any, row: Mapping[str, Any]) -> float | None:
    """Return the metric's number for one answer; None where the judge had trouble.

    A model that leaves out statements or verdicts makes rows of unequal length, or none, of
    which ragas cannot make a number: a ValueError of numpy.
    """
    try:
        value = float((await metric.ascore(**row)).value)
    except (Trouble, ValueError):
        return None
    return value if math.isfinite(value) else None


class _Embedded(_Embedding):  # type: ignore[misc]  # ragas has no types
    """An embedder of ours as one of ragas."""

    def __init__(self, embedder: Embedder) -> None:
        super().__init__()
        self._embedder = embedder

    def embed_text(self, text: str, **_: Any) -> list[float]:
        return self.embed_texts([text])[0]

    async def aembed_text(self, text: str, **_: Any) -> list[float]:
        return self.embed_text(text)

    def embed_texts(self, texts: list[str], **_: Any) -> list[list[float]]:
        return [[float(x) for x in row] for row in self._embedder.embed(texts)]

    async def aembed_texts(self, texts: list[str], **_: Any) -> list[list[float]]:
        return self.embed_texts(texts)
