"""Semantic retrieval: the passages whose vectors are nearest to the question's."""

from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path

from harness.protocols import Embedder, VectorStore
from harness.retrieval.faiss_store import FaissStore
from harness.retrieval.fingerprint import check_fingerprint, fingerprint, write_fingerprint
from harness.retrieval.minilm import MiniLM
from harness.timing import Stopwatch
from harness.types import Chunk, Hit


class Dense:
    """Ranks passages, titles included, by cosine with the question."""

    def __init__(self, embedder: Embedder | None = None, store: VectorStore | None = None) -> None:
        """Keep the parts.

        Args:
            embedder: Turns questions and passages into vectors; MiniLM where none is given.
            store: An empty store; an exact one in memory where none is given.
        """
        self._embedder: Embedder = embedder or MiniLM()
        self._empty: VectorStore = store or FaissStore()
        self._store = self._empty
        self._chunks: dict[str, Chunk] = {}

    @property
    def signature(self) -> str:
        """Embedder and store."""
        return f"dense {self._embedder.signature} {type(self._empty).__qualname__}"

    def index(self, chunks: Sequence[Chunk], folder: Path) -> int | None:
        """Embed all passages and return the tokens that took."""
        made_from = self._made_from(chunks)
        passages = [chunk.passage for chunk in chunks]
        self._store = deepcopy(self._empty)
        self._store.add([chunk.id for chunk in chunks], self._embedder.embed(passages))
        self._store.save(folder)
        write_fingerprint(folder, made_from)
        self._chunks = {chunk.id: chunk for chunk in chunks}
        return sum(self._embedder.count_tokens(passages))

    def load(self, chunks: Sequence[Chunk], folder: Path) -> None:
        """Read back what `index` left.

        Raises:
            ArtefactError: It was made with another embedder or store, or from other chunks.
        """
        check_fingerprint(folder, self._made_from(chunks))
        self._store = deepcopy(self._empty)
        self._store.load(folder)
        self._chunks = {chunk.id: chunk for chunk in chunks}

    def retrieve_many(
        self, questions: Sequence[str], k: int, stopwatch: Stopwatch
    ) -> list[tuple[Hit, ...]]:
        """Return the k passages with the highest cosine, which lies in [-1, 1]."""
        with stopwatch.span("embed"):
            vectors = self._embedder.embed(questions)
        with stopwatch.span("search"):
            found = self._store.search(vectors, k)
            return [tuple(Hit(self._chunks[id], score) for id, score in row) for row in found]

    def _made_from(self, chunks: Sequence[Chunk]) -> dict[str, str]:
        return dict(
            fingerprint(
                chunks,
                embedder=self._embedder.signature,
                dimension=str(self._embedder.dimension),
                store=type(self._empty).__qualname__,
            )
        )
