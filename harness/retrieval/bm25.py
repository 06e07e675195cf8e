"""Lexical retrieval with BM25 (Robertson and Zaragoza 2009), by bm25s."""

from collections.abc import Sequence
from pathlib import Path

import bm25s
import numpy as np
import Stemmer

from harness.errors import ArtefactError, ConfigError, did_you_mean
from harness.retrieval.filtering import Filter, as_text, passing, shown
from harness.retrieval.fingerprint import check_fingerprint, fingerprint, write_fingerprint
from harness.retrieval.ranking import best, check_k, order_of, tie_break
from harness.timing import Stopwatch
from harness.types import Chunk, Hit


class BM25:
    """Ranks passages by the words they share with the question, titles included.

    Words are lower-cased runs of two or more letters or digits that are no English stop words.
    A passage that shares none is no hit, so there may be fewer than k.
    """

    def __init__(
        self, k1: float = 1.5, b: float = 0.75, stemmer: str = "", filter: Filter | None = None
    ) -> None:
        """Keep the settings.

        Args:
            k1: How slowly a repeated word stops to count, at least 0.
            b: How much long passages are held back, 0 to 1.
            stemmer: Name of a Snowball stemmer such as `english`; empty for none.
            filter: Metadata of the documents that are searched; how rare a word is is counted
                in all of them.

        Raises:
            ConfigError: A setting is out of range.
        """
        if k1 < 0 or not 0 <= b <= 1:
            raise ConfigError(f"retriever 'bm25': k1={k1} must be >= 0 and b={b} in 0 to 1")
        if stemmer and stemmer not in Stemmer.algorithms():
            hint = did_you_mean(stemmer, Stemmer.algorithms())
            raise ConfigError(f"retriever 'bm25': no stemmer {stemmer!r}; {hint}")
        self._where = as_text(filter)
        self.signature = (
            f"bm25 lucene k1={k1:g} b={b:g} stopwords=en stemmer={stemmer or 'none'} "
            f"bm25s={bm25s.__version__}{shown(self._where)}"
        )
        self._k1, self._b = k1, b
        self._stemmer = Stemmer.Stemmer(stemmer) if stemmer else None
        self._chunks: Sequence[Chunk] = ()

    def index(self, chunks: Sequence[Chunk], folder: Path) -> int | None:
        """Build the index; no token is embedded."""
        made_from = self._made_from(chunks)
        passing(self._where, chunks)  # or a filter that fits nothing would cost an index
        self._index = bm25s.BM25(k1=self._k1, b=self._b, method="lucene", backend="numpy")
        words = self._words([chunk.passage for chunk in chunks])
        if not any(words):
            words = [[""] for _ in words]  # bm25s wants a word; no question has this one
        self._index.index(words, show_progress=False)
        self._index.save(folder, show_progress=False)
        write_fingerprint(folder, made_from)
        self._keep(chunks)
        return 0

    def load(self, chunks: Sequence[Chunk], folder: Path) -> None:
        """Read back what `index` left.

        Raises:
            ArtefactError: It was made with other settings or from other chunks.
        """
        check_fingerprint(folder, self._made_from(chunks))
        try:
            self._index = bm25s.BM25.load(folder, show_progress=False)
        except (OSError, ValueError) as error:
            raise ArtefactError(
                f"{folder}: the index is damaged ({error}); delete the folder to have it made again"
            ) from error
        self._keep(chunks)

    def retrieve_many(
        self, questions: Sequence[str], k: int, stopwatch: Stopwatch
    ) -> list[tuple[Hit, ...]]:
        """Return the passages with the highest BM25 scores, which are above 0."""
        check_k(k)
        with stopwatch.span("search"):
            return [self._search(words, k) for words in self._words(questions)]

    def _search(self, words: list[str], k: int) -> tuple[Hit, ...]:
        known = self._index.get_tokens_ids(words)
        if not known:
            return ()
        scores: np.ndarray[tuple[int], np.dtype[np.float32]]
        scores = self._index.get_scores_from_ids(known)
        scores = np.where(self._searched, scores, 0)
        rows = (int(row) for row in best(scores, self._places, k) if scores[row] > 0)
        return tuple(Hit(self._chunks[row], float(scores[row])) for row in rows)

    def _words(self, texts: Sequence[str]) -> list[list[str]]:
        words: list[list[str]] = bm25s.tokenize(
            list(texts),
            stopwords="en",
            stemmer=self._stemmer,
            return_ids=False,
            show_progress=False,
        )
        return words

    def _made_from(self, chunks: Sequence[Chunk]) -> dict[str, str]:
        return dict(fingerprint(chunks, retriever=self.signature))

    def _keep(self, chunks: Sequence[Chunk]) -> None:
        self._searched = passing(self._where, chunks)
        self._chunks = tuple(chunks)
        self._places = order_of([tie_break(chunk) for chunk in chunks])
