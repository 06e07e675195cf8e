"""How many n-grams texts share, for many pairs at once: what BLEU, chrF and ROUGE-N count.

A gram at a position is packed into one integer, its first symbol in the highest bits. Sorted
once, the numbers bring equal grams of every order together, since a gram of two symbols is the
beginning of one of six. Counting is then a matter of where the sorted numbers change.
"""

from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

Text = str | tuple[str, ...]
"""Symbols in a row: the characters of a string, or words."""

Integers = NDArray[np.int64]

_BITS = 63
_HIGHEST = 1 << _BITS - 1
_POSITIONS = 30_000
"""Symbols in one block: few enough for its arrays to stay in the processor's cache."""


def shared_ngrams(
    said: Sequence[Text], references: Sequence[Sequence[Text]], orders: int
) -> Integers:
    """Return how many n-grams each text shares with its references: shape (n, orders).

    A gram counts as often as it occurs, but not more often than in the reference that has it
    most (Papineni et al. 2002, sec. 2.1). Either all texts are strings or none is.
    """
    counts = [
        _of_block(said[start:end], references[start:end], orders)
        for start, end in _blocks(said, references)
    ]
    return np.concatenate([np.zeros((0, orders), np.int64), *counts])


def _blocks(
    said: Sequence[Text], references: Sequence[Sequence[Text]]
) -> Iterator[tuple[int, int]]:
    """Yield half-open ranges of texts with about `_POSITIONS` symbols each, at least one text."""
    start = size = 0
    for i, (text, others) in enumerate(zip(said, references, strict=True)):
        size += len(text) + sum(map(len, others))
        if size >= _POSITIONS or i + 1 == len(said):
            yield start, i + 1
            start, size = i + 1, 0


def _of_block(said: Sequence[Text], references: Sequence[Sequence[Text]], orders: int) -> Integers:
    texts: list[Text] = []
    pair_of: list[int] = []
    role_of: list[int] = []
    for i, (text, others) in enumerate(zip(said, references, strict=True)):
        texts += (text, *others)
        pair_of += [i] * (1 + len(others))
        role_of += range(1 + len(others))  # 0 is the text itself, then its references
    lengths = np.array([len(text) for text in texts])
    behind = orders - 1  # so often stands 0 behind each text: no gram reaches into the next one
    symbols = np.zeros(lengths.sum() + behind * (len(texts) + 1), np.int64)
    symbols[np.arange(lengths.sum()) + np.repeat(behind * np.arange(len(texts)), lengths)] = (
        _symbols(texts)
    )
    owner = np.repeat(np.arange(len(texts)), lengths + behind)
    columns = [symbols[k : k + len(owner)] for k in range(orders)]
    pair, role = np.array(pair_of)[owner], np.array(role_of)[owner]
    if _width(symbols) * orders + _width(pair) + _width(role) <= _BITS:
        return _count(columns, pair, role, len(said))
    counts, grams = [], columns[0]
    for n, column in enumerate(columns):  # too many symbols to pack a gram: one order at a time
        if n:
            packed = grams << _width(symbols) | column
            whole = (grams > 0) & (column > 0)
            grams = np.where(whole, np.unique(packed, return_inverse=True)[1] + 1, 0)
        counts.append(_count([grams], pair, role, len(said)))
    return np.hstack(counts)


def _symbols(texts: Sequence[Text]) -> Integers:
    """Return the symbols of all texts in a row, numbered from 1."""
    if isinstance(texts[0], str):
        encoded = "".join(map(str, texts)).encode("utf-32-le", "surrogatepass")
        characters = np.frombuffer(encoded, "<u4")
        number = np.cumsum(np.bincount(characters) > 0)
        return np.asarray(number[characters], np.int64)
    words = list(chain.from_iterable(texts))
    numbers = {word: i for i, word in enumerate(dict.fromkeys(words), start=1)}
    return np.fromiter(map(numbers.__getitem__, words), np.int64, len(words))


def _width(numbers: Integers) -> int:
    """Return how many bits the largest of the numbers takes."""
    return int(numbers.max(initial=0)).bit_length()


def _count(columns: Sequence[Integers], pair: Integers, role: Integers, pairs: int) -> Integers:
    """Return the grams shared for each pair and order: shape (pairs, len(columns)).

    Args:
        columns: The first, second, ... symbol of the gram at each position, 0 for none.
        pair: The pair that a position belongs to.
        role: 0 for the text itself, from 1 for its references.
        pairs: How many pairs there are.
    """
    bits, low = max(map(_width, columns)), _width(role)
    keys = pair
    for column in columns:
        keys = keys << bits | column
    keys = np.sort((keys << low | role)[columns[0] > 0])
    counts = np.zeros((pairs, len(columns)), np.int64)
    if not len(keys):
        return counts
    of_role = keys & (1 << low) - 1
    roles = range(int(of_role.max()) + 1)
    before = [np.append(0, np.cumsum(of_role == r)) for r in roles]
    total = [of_one[-1:] for of_one in before]
    # a gram begins where the highest bit that changes is one of its own, not of a longer gram
    change = np.append(_HIGHEST, keys[1:] ^ keys[:-1])
    starts = np.flatnonzero(change >> low)
    for n in reversed(range(len(columns))):
        unused = low + bits * (len(columns) - 1 - n)
        kept = np.flatnonzero(change[starts] >> unused)
        starts = starts[kept]
        occurs = [np.diff(b[starts], append=t) for b, t in zip(before, total, strict=True)]
        most = occurs[1] if len(occurs) == 2 else np.maximum.reduce([0 * starts, *occurs[1:]])
        grams = keys[starts] >> unused
        both = np.where(grams & (1 << bits) - 1, np.minimum(occurs[0], most), 0)
        counts[:, n] = np.bincount(grams >> bits * (n + 1), both, minlength=pairs)
    return counts
