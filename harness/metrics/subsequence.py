"""Where a longest common subsequence stands, found with one whole number per row of the table."""

from collections.abc import Sequence


def common_positions(line: Sequence[str], other: Sequence[str]) -> set[int]:
    """Return the positions in `line` of one longest common subsequence, rouge-score's choice.

    Of the table of lengths L[i][j] (first i words of `line`, first j of `other`) row i is kept as
    an integer, whose bit j - 1 is L[i][j] - L[i][j-1]: a row is then three operations on
    integers (Hyyrö 2004, "Bit-parallel LCS-length computation revisited"). The way back follows
    rouge-score: to the left only where L[i][j-1] > L[i-1][j], else up.

    >>> sorted(common_positions("the cat sat".split(), "a cat sat down".split()))
    [1, 2]
    """
    full = (1 << len(other)) - 1
    places: dict[str, int] = {}
    for j, word in enumerate(other):
        places[word] = places.get(word, 0) | 1 << j
    rows, flat = [0], full  # the bits of `flat` are those of a row, turned round
    for word in line:
        met = flat & places.get(word, 0)
        flat = ((flat + met) | (flat - met)) & full
        rows.append(full ^ flat)
    found, i, j = set(), len(line), len(other)
    length = rows[i].bit_count()  # L[i][j] all the way
    while i and j and length:
        if line[i - 1] == other[j - 1]:
            i, j, length = i - 1, j - 1, length - 1
            found.add(i)
            continue
        above = (rows[i - 1] & (1 << j) - 1).bit_count()
        left = length - (rows[i] >> j - 1 & 1)
        if left > above:
            j, length = j - 1, left
        else:
            i, length = i - 1, above
    return found
