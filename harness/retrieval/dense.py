"""Semantic retrieval: the passages whose vectors are nearest to the question's."""

import platform
from collections.abc import Collection, Sequence
from copy import deepcopy
from pathlib import Path

from harness.errors import DataError
from harness.files import digest
from harness.protocols import Embedder, VectorStore
from harness.retrieval.filtering import Filter, as_text, passing, shown
from harness.retrieval.fingerprint import (
    Fingerprint,
    check_fingerprint,
    fingerprint,
    forget_fingerprint,
    write_fingerprint,
)
from harness.retrieval.minilm import MiniLM
from harness.retrieval.ranking import best_hits
from harness.stores.faiss_store import FaissStore
from harness.timing import Stopwatch
from harness.types import Chunk, Hit


class Dense:
    """Ranks passages, titles included, by cosine with the question."""

    def __init__(
        self,
        embedder: Embedder | None = None,
        store: VectorStore | None = None,
        filter: Filter | None = None,
    ) -> None:
        """Keep the parts.

        Args:
            embedder: Turns questions and passages into vectors; MiniLM where none is given.
            store: A store that holds nothing; an exact one in memory where none is given.
            filter: Metadata of the documents that are searched; the store looks at no other.
        """
        self._where = as_text(filter)
        self._embedder: Embedder = embedder or MiniLM()
        self._empty: VectorStore = store or FaissStore()
        self._store = self._empty
        self._chunks: dict[str, Chunk] = {}

    @property
    def signature(self) -> str:
        """Embedder, store and filter."""
        parts = f"dense {self._embedder.signature} {self._empty.signature}"
        return parts + shown(self._where)

    def index(self, chunks: Sequence[Chunk], folder: Path) -> int | None:
        """Embed all passages and return the tokens that took."""
        made_from = self._made_from(chunks)
        passing(self._where, chunks)
        forget_fingerprint(folder)
        self._renew()
        # the fingerprint says what it holds, the folder whose it is: two runs share no collection
        owner = digest([platform.node(), str(folder.resolve())])
        self._store.create(
            f"harness_{digest(made_from)}_{owner}",
            self._embedder.dimension,
            self._embedder.signature,
        )
        tokens = self._put(chunks, new=True)
        self._chunks = {chunk.id: chunk for chunk in chunks}
        self._save(folder, made_from)
        return tokens

    def load(self, chunks: Sequence[Chunk], folder: Path) -> None:
        """Read back what `index` left, or `update` did; the order of the chunks is free.

        Raises:
            ArtefactError: It was made with another embedder or store, or from other chunks, or
                is half-written.
        """
        check_fingerprint(folder, self._made_from(chunks))
        self._renew()
        self._store.load(folder)
        self._chunks = {chunk.id: chunk for chunk in chunks}

    def update(
        self, added: Sequence[Chunk], removed: Collection[str] = (), folder: Path | None = None
    ) -> int:
        """Change documents without a rebuild; the next query sees it. Return the tokens it took.

        Args:
            added: All passages of the documents that are new or replaced: a document that is
                there already keeps none of its old passages.
            removed: Ids of documents to forget.
            folder: Where the index is saved again; none to leave that for later. Until it is
                saved, a collection on a server counts as half-written.

        Raises:
            DataError: A document to forget is not there, or is also among the added; or a
                passage comes twice. Nothing has changed then.
        """
        there = {chunk.document_id for chunk in self._chunks.values()}
        changed = {chunk.document_id for chunk in added}
        if unknown := set(removed) - there:
            raise DataError(f"no document {min(unknown)!r} is in the index; it cannot be removed")
        if both := set(removed) & changed:
            raise DataError(f"the document {min(both)!r} is both added and removed; do one of them")
        kept = {
            id: chunk
            for id, chunk in self._chunks.items()
            if chunk.document_id not in changed and chunk.document_id not in removed
        }
        made_from = self._made_from([*kept.values(), *added])
        if folder is not None:
            forget_fingerprint(folder)
        new = {chunk.id: chunk for chunk in added}
        try:
            tokens = self._put(added, new=False)
            self._store.delete([id for id in self._chunks if id not in kept and id not in new])
        except BaseException:
            self._store.close()  # half-written, so never searched
            raise
        self._chunks = {**kept, **new}
        if folder is not None:
            self._save(folder, made_from)
        return tokens

    def retrieve_many(
        self, questions: Sequence[str], k: int, stopwatch: Stopwatch
    ) -> list[tuple[Hit, ...]]:
        """Return the k passages with the highest cosine, which lies in [-1, 1]."""
        with stopwatch.span("embed"):
            vectors = self._embedder.embed(questions)
        with stopwatch.span("search"):
            found = self._store.search(vectors, k, self._where or None)
            return [best_hits((Hit(self._chunks[id], s) for id, s in row), k) for row in found]

    def close(self) -> None:
        """Let go of the store's files and connections."""
        self._store.close()

    def _renew(self) -> None:
        self._store.close()
        self._store = deepcopy(self._empty)

    def _put(self, chunks: Sequence[Chunk], new: bool) -> int:
        passages = [chunk.passage for chunk in chunks]
        vectors = self._embedder.embed(passages)
        ids = [chunk.id for chunk in chunks]
        metadata = [
            {"document": chunk.document_id}
            | {field: chunk.meta[field] for field in self._where if field in chunk.meta}
            for chunk in chunks
        ]
        (self._store.add if new else self._store.upsert)(ids, vectors, metadata)
        return sum(self._embedder.count_tokens(passages))

    def _save(self, folder: Path, made_from: Fingerprint) -> None:
        self._store.save(folder)
        write_fingerprint(folder, made_from)

    def _made_from(self, chunks: Sequence[Chunk]) -> Fingerprint:
        ordered = sorted(chunks, key=lambda chunk: chunk.id)
        parts = {
            "embedder": self._embedder.signature,
            "dimension": str(self._embedder.dimension),
            "store": self._empty.signature + shown(self._where),
        }
        if self._where:
            parts["metadata"] = digest([[c.meta.get(f) for f in self._where] for c in ordered])
        return fingerprint(ordered, **parts)
