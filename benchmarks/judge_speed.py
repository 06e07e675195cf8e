"""Pairs per second of the offline judge, each pair with a passage of its own, beside word overlap.

Run from the project's folder: python benchmarks/judge_speed.py --threads 2
"""

import argparse
from collections.abc import Iterator
from random import Random
from time import perf_counter

from harness.judges.lexical import Lexical
from harness.judges.offline import Offline
from harness.protocols import Judge
from harness.types import Statement
from harness.worlds.entities import entities
from harness.worlds.styles import full_answer
from harness.worlds.writing import Document, write


def statements(words: int, count: int, seed: int) -> list[Statement]:
    """Return claims with passages of exactly so many words, no sentence in two of them."""
    documents = _documents(seed)
    asked: list[Statement] = []
    while len(asked) < count:
        document = next(documents)
        fact = document.facts[0]
        claim = full_answer(document.entity, fact)
        said = document.text.split()
        while len(said) < words:
            said += next(documents).text.split()
        asked.append(Statement("", claim, (" ".join(said[:words]),)))
    return asked


def _documents(seed: int) -> Iterator[Document]:
    rng = Random(seed)
    for entity in entities(seed, 1_000_000):
        yield write(entity, rng)


def rate(judge: Judge, asked: list[Statement]) -> float:
    """Return statements judged per second."""
    start = perf_counter()
    for _ in judge.judge_many(asked):
        pass
    return len(asked) / (perf_counter() - start)


def main() -> None:
    """Print one line for each length of passage, and one for many claims on the same passages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=400)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()

    import torch

    torch.set_num_threads(options.threads)
    offline, lexical = Offline(), Lexical()
    rate(offline, statements(20, 8, seed=1))  # loads the weights
    rate(lexical, statements(20, 8, seed=1))
    for words in (100, 300):
        asked = statements(words, options.pairs, seed=words)
        ours, overlap = rate(offline, asked), rate(lexical, asked)
        print(
            f"{words} words: offline {ours:.0f} pairs/s, word overlap {overlap:.0f} pairs/s, "
            f"{overlap / ours:.0f} times as fast ({options.threads} threads)"
        )
    few = statements(300, 20, seed=7)
    many = [
        Statement("", claim.answer, few[n % len(few)].passages)
        for n, claim in enumerate(statements(20, 20 * options.pairs // 4, seed=8))
    ]
    print(f"{len(many)} claims on {len(few)} passages of 300 words: {rate(offline, many):.0f}/s")


if __name__ == "__main__":
    main()
