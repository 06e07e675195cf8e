"""Vectors that are remembered: a text that comes again is not embedded again."""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

import numpy as np

from harness.errors import ConfigError
from harness.protocols import Embedder, Vectors


class EmbeddingCache:
    """Embeds with another embedder, and keeps the vectors of the texts that came last.

    Ask for it by name, as nothing else caches: a question that was embedded while the rankings
    were made costs nothing when latency is measured.
    """

    def __init__(self, of: Embedder, texts: int = 100_000) -> None:
        """Remember nothing yet.

        Args:
            of: The embedder; its vectors and its signature are those of this one.
            texts: How many are kept; 384 numbers for each of 100,000 take 154 MB.

        Raises:
            ConfigError: None could be kept.
        """
        if texts < 1:
            raise ConfigError(f"embedder 'cached': texts is {texts}; it must be at least 1")
        self._of = of
        self._most = texts
        self._kept: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = Lock()

    @property
    def signature(self) -> str:
        """That of the embedder: the vectors are the same."""
        return self._of.signature

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._of.dimension

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return shape (len(texts), dimension); what is not known is embedded in one call."""
        with self._lock:
            found = {text: self._kept[text] for text in texts if text in self._kept}
        missing = [text for text in dict.fromkeys(texts) if text not in found]
        if missing:
            found |= dict(zip(missing, self._of.embed(missing), strict=True))
        with self._lock:
            for text in dict.fromkeys(texts):
                self._kept[text] = found[text]
                self._kept.move_to_end(text)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return np.stack([found[text] for text in texts])

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens the model would read for each text."""
        return self._of.count_tokens(texts)
