"""The verbs of the harness: what each kind of plug-in must do, and no more.

A plug-in is any class with these members; it inherits nothing. Each protocol says what the
caller promises and what it relies on.
"""

from harness.protocols.chunking import Chunker
from harness.protocols.generation import Generator
from harness.protocols.judge import Judge, LanguageJudge
from harness.protocols.metric import Metric, Numbers
from harness.protocols.retrieval import Embedder, Retriever, Vectors, VectorStore

__all__ = [
    "Chunker",
    "Embedder",
    "Generator",
    "Judge",
    "LanguageJudge",
    "Metric",
    "Numbers",
    "Retriever",
    "VectorStore",
    "Vectors",
]
