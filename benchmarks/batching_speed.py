"""How much faster batches answer than one question at a time, with the same text.

    python benchmarks/batching_speed.py [--questions 128] [--batch 32] [--model pocket]

Questions of the test splits are asked closed book, with the best passage and with the best four of
BM25, cut as in `pocket.yaml`, half of whose arms read nothing and half four passages. Both ways
answer the same prompts in one process, by turns, so that drift of the machine falls on both. The
ratios are what to read, not the seconds.
"""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from harness.chunking.recursive import Recursive
from harness.data import DataOptions, load, sample
from harness.generation.local import LocalModel
from harness.retrieval.bm25 import BM25
from harness.text.prompt import TEMPLATES
from harness.timing import Stopwatch
from harness.types import Completion, Request

ROUNDS = 3


def main() -> None:
    """Print seconds per question both ways, their ratio, and how many texts are equal."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--questions", type=int, default=128)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--model", default="pocket")
    parser.add_argument("--dataset", default="vantora")
    args = parser.parse_args()

    questions = load(args.dataset, DataOptions())
    drawn = sample(questions.test, args.questions, seed=0)
    cut = Recursive(tokens=96, overlap=16)
    retriever = BM25()
    with TemporaryDirectory() as folder:
        retriever.index([c for d in questions.corpus for c in cut.chunk(d)], Path(folder))
    found = retriever.retrieve_many([q.text for q in drawn], 4, Stopwatch())
    model = LocalModel(args.model, batch_size=args.batch)
    spent: dict[int, dict[str, float]] = {}
    for name, passages in (("closed book", 0), ("one passage", 1), ("four passages", 4)):
        requests = [
            Request(TEMPLATES["plain"].messages(q.text, hits[:passages]), max_tokens=48)
            for q, hits in zip(drawn, found, strict=True)
        ]
        list(model.complete_many(requests))  # warm-up: the first pass finds no memory of its size
        seconds, texts = {"single": 0.0, "batch": 0.0}, {}
        for _ in range(ROUNDS):
            start = perf_counter()
            alone = [next(iter(model.complete_many([r])))[1] for r in requests]
            seconds["single"] += perf_counter() - start
            start = perf_counter()
            together = dict(model.complete_many(requests))
            seconds["batch"] += perf_counter() - start
            texts = {i: (alone[i], together[i]) for i in together}
        same = sum(
            isinstance(a, Completion) and isinstance(b, Completion) and a.text == b.text
            for a, b in texts.values()
        )
        spent[passages] = seconds
        per = {way: 1000 * s / ROUNDS / len(requests) for way, s in seconds.items()}
        print(
            f"{name}: single {per['single']:.1f} ms, batch of {args.batch} {per['batch']:.1f} ms "
            f"a question; ratio {per['single'] / per['batch']:.1f}; "
            f"same text {same} of {len(requests)}"
        )
    for name, kinds in (("all three", (0, 1, 4)), ("the arms of pocket.yaml", (0, 4))):
        single, batch = (sum(spent[kind][way] for kind in kinds) for way in ("single", "batch"))
        print(f"{name} together: ratio {single / batch:.1f}")


if __name__ == "__main__":
    main()
