"""Passages that end where the subject changes, by the vectors of neighbouring sentences."""

from collections.abc import Iterator, Sequence

import numpy as np

from harness.chunking.packing import pack, prose
from harness.chunking.tokens import TokenCounter, check_sizes
from harness.errors import ConfigError
from harness.protocols import Embedder
from harness.text.sentences import sentence_spans
from harness.types import Chunk, Document


class Semantic:
    """Cuts where the cosine distance between neighbouring sentences is unusual in its document.

    Every sentence is embedded with its neighbours. What is then longer than `tokens` is cut again
    between sentences. (G. Kamradt, 5 Levels of Text Splitting, 2024, level 4.)
    """

    def __init__(
        self,
        embedder: Embedder,
        percentile: float = 80,
        window: int = 1,
        tokens: int = 192,
        tokenizer: str = "minilm",
    ) -> None:
        """Keep the parts and load the tokenizer.

        Args:
            embedder: Turns sentences into vectors.
            percentile: Of the distances in a document, from 0 below 100: those above are breaks.
                80 makes one of five gaps between sentences a break.
            window: Sentences on either side that a sentence is embedded with.
            tokens: Most tokens of a chunk, the title not counted.
            tokenizer: Whose tokens are counted: `minilm`, or the path of a `tokenizer.json` or
                of a folder with one.

        Raises:
            ConfigError: A number is out of range or the tokenizer cannot be read.
        """
        check_sizes("semantic", tokens)
        if not 0 <= percentile < 100 or window < 0:
            raise ConfigError(
                f"chunker 'semantic': percentile={percentile:g} must be from 0 below 100, "
                f"window={window} >= 0"
            )
        self._embedder = embedder
        self._percentile = percentile
        self._window = window
        self._tokens = tokens
        self._counter = TokenCounter(tokenizer, "semantic")

    def chunk(self, document: Document) -> tuple[Chunk, ...]:
        """Return passages in the document's order; a document without text has none.

        Together they hold every character that is not white space.
        """
        text = document.text
        return tuple(
            Chunk(document.id, start, end, text[start:end], document.title, document.meta)
            for start, end in self._spans(text)
        )

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        spans = sentence_spans(text)
        ends = self._counter.ends(text)
        first = 0
        for last in [*self._breaks(text, spans), len(spans)]:
            if first < last:
                start, end = spans[first][0], spans[last - 1][1]
                atoms = list(prose(text, ends, self._tokens, start, end))
                yield from pack(atoms, ends, self._tokens, overlap=0)
            first = last

    def _breaks(self, text: str, spans: Sequence[tuple[int, int]]) -> list[int]:
        """Return the numbers of the sentences that begin something new, rising."""
        if len(spans) < 3:
            return []  # one distance is not unusual among itself
        near = self._window
        groups = [
            text[spans[max(0, n - near)][0] : spans[min(len(spans) - 1, n + near)][1]]
            for n in range(len(spans))
        ]
        vectors = self._embedder.embed(groups)
        # rounded, so that the noise of the last bits makes no break among equal sentences
        distances = np.round(1 - np.sum(vectors[1:] * vectors[:-1], axis=1), 5)
        unusual = distances > np.percentile(distances, self._percentile)
        return (np.flatnonzero(unusual) + 1).tolist()
