"""Windows of a fixed number of tokens: the plain way, against which others are measured."""

from harness.chunking.tokens import TokenCounter, check_sizes
from harness.types import Chunk, Document


class Fixed:
    """Cuts every so many tokens, be it inside a sentence or a word.

    A window begins `tokens - overlap` tokens behind the one before; the last one ends with the
    text and may be shorter.
    """

    def __init__(self, tokens: int = 96, overlap: int = 16, tokenizer: str = "minilm") -> None:
        """Load the tokenizer.

        Args:
            tokens: Tokens of a chunk, the title not counted. Several tokens for one character,
                such as a ligature, count as one.
            overlap: How many of them stand in the chunk before as well.
            tokenizer: Whose tokens are counted: `minilm`, or the path of a `tokenizer.json` or
                of a folder with one.

        Raises:
            ConfigError: A number is out of range or the tokenizer cannot be read.
        """
        check_sizes("fixed", tokens, overlap)
        self._tokens = tokens
        self._step = tokens - overlap
        self._counter = TokenCounter(tokenizer, "fixed")

    def chunk(self, document: Document) -> tuple[Chunk, ...]:
        """Return windows in the document's order; a document without text has none.

        Together they hold every character that is not white space. What the tokenizer passes
        over, such as control characters, stays with the token behind it.
        """
        text = document.text
        # where tokens begin: what the tokenizer passes over at either end is not lost
        cuts = [0, *sorted(set(self._counter.ends(text)))[:-1], len(text)]
        chunks = []
        for first in range(0, len(cuts) - 1, self._step):
            last = min(first + self._tokens, len(cuts) - 1)
            window = text[cuts[first] : cuts[last]]
            start = cuts[first] + len(window) - len(window.lstrip())
            end = start + len(window.strip())
            if start < end:
                chunks.append(
                    Chunk(document.id, start, end, text[start:end], document.title, document.meta)
                )
            if last == len(cuts) - 1:
                break
        return tuple(chunks)
