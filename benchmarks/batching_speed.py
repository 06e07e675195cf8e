"""How much faster batches answer than one question at a time, with the same text.

    python benchmarks/batching_speed.py [--questions 64] [--batch 32] [--model pocket]

Both ways answer the same prompts in one process, by turns, so that drift of the machine falls on
both. The ratio is what to read, not the seconds.
"""

import argparse
from time import perf_counter

from harness.data import DataOptions, load, sample
from harness.generation.local import LocalModel
from harness.text.prompt import TEMPLATES
from harness.types import Chunk, Completion, Hit, Request

ROUNDS = 3


def main() -> None:
    """Print seconds per question both ways, their ratio, and how many texts are equal."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--questions", type=int, default=64)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--model", default="pocket")
    parser.add_argument("--dataset", default="vantora")
    args = parser.parse_args()

    questions = load(args.dataset, DataOptions())
    documents = {d.id: d for d in questions.corpus}
    drawn = sample([q for q in questions.test if q.gold], args.questions, seed=0)
    model = LocalModel(args.model, batch_size=args.batch)
    total = {"single": 0.0, "batch": 0.0}
    for name, passages in (("closed book", 0), ("one passage", 1), ("four passages", 4)):
        requests = []
        for q in drawn:
            others = [d for d in questions.corpus if d.id != q.gold[0]][: max(0, passages - 1)]
            read = [documents[q.gold[0]], *others][:passages]
            hits = [Hit(Chunk(d.id, 0, len(d.text), d.text, d.title), 1.0) for d in read]
            requests.append(Request(TEMPLATES["plain"].messages(q.text, hits), max_tokens=48))
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
        total = {way: total[way] + s for way, s in seconds.items()}
        per = {way: 1000 * s / ROUNDS / len(requests) for way, s in seconds.items()}
        print(
            f"{name}: single {per['single']:.1f} ms, batch of {args.batch} {per['batch']:.1f} ms "
            f"a question; ratio {per['single'] / per['batch']:.1f}; "
            f"same text {same} of {len(requests)}"
        )
    print(f"all together: ratio {total['single'] / total['batch']:.1f}")


if __name__ == "__main__":
    main()
