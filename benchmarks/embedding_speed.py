"""How fast texts become vectors, by what makes it faster, and what that does to nDCG.

    HARNESS_REALDATA=FOLDER python benchmarks/embedding_speed.py [--texts 512] [--set emanual]

All ways of a comparison take turns in one process, so that drift of the machine falls on all:
read the ratios. Seconds are of the CPU, so that waiting for a busy machine does not count.
nDCG@10 is of the test questions of a question set, whole documents compared.
"""

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from random import Random
from statistics import median
from time import process_time

from real_vectors import asked

from harness.data import load
from harness.metrics.ranking import ndcg
from harness.protocols import Embedder
from harness.retrieval.embedding_cache import EmbeddingCache
from harness.retrieval.minilm import MiniLM
from harness.stores.numpy_store import NumpyStore
from harness.types import Case, Prediction, QuestionSet

ROUNDS = 3


def main() -> None:
    """Print one table of ratios after the other."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=512)
    parser.add_argument("--questions", type=int, default=64)
    parser.add_argument("--set", default="vantora", help="question set, or a real one by its name")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()

    import torch

    torch.set_num_threads(options.threads)
    real = Path(os.environ.get("HARNESS_REALDATA", ".")) / options.set
    data = load(real if real.is_dir() else options.set)
    texts = [f"{d.title}: {d.text}" if d.title else d.text for d in data.corpus]
    texts = Random(0).sample(texts, min(options.texts, len(texts)))
    print(f"{len(texts)} texts and {options.questions} questions, {options.threads} threads")
    ask_one_by_one_or_together(asked()[: options.questions])
    in_order_of_length_or_not(texts)
    by_arithmetic(texts, data)
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")


def ask_one_by_one_or_together(questions: list[str]) -> None:
    """Compare single questions with a batch, and with vectors that are remembered."""
    model = MiniLM()
    remembered = EmbeddingCache(MiniLM())
    remembered.embed(questions)
    by_turns(
        "questions",
        {
            "one by one": lambda: [model.embed([question]) for question in questions],
            "one batch": lambda: model.embed(questions),
            "remembered": lambda: [remembered.embed([question]) for question in questions],
        },
        len(questions),
    )


def in_order_of_length_or_not(texts: list[str]) -> None:
    """Compare batches of texts of like length with batches as they come."""
    model, size = MiniLM(), 32

    def as_they_come() -> None:
        for start in range(0, len(texts), size):
            model.embed(texts[start : start + size])

    by_turns(
        "batches", {"as they come": as_they_come, "of like length": lambda: model.embed(texts)},
        len(texts),
    )  # fmt: skip


def by_arithmetic(texts: list[str], data: QuestionSet) -> None:
    """Compare ways to multiply, and print what rankings they give."""
    ways: dict[str, Embedder] = {
        "float32 through PyTorch": _plain(),
        "float32 through oneDNN": MiniLM(),
        "bfloat16": MiniLM(precision="bfloat16"),
    }
    by_turns(
        "arithmetic", {name: lambda m=model: m.embed(texts) for name, model in ways.items()},
        len(texts),
    )  # fmt: skip
    for name, model in ways.items():
        print(f"  {name}: nDCG@10 {quality(model, data):.4f}")


def quality(model: Embedder, data: QuestionSet) -> float:
    """Return mean nDCG@10 of the answerable test questions."""
    store = NumpyStore()
    store.create("quality", model.dimension)
    texts = [f"{d.title}: {d.text}" if d.title else d.text for d in data.corpus]
    store.add([d.id for d in data.corpus], model.embed(texts))
    questions = [q for q in data.test if q.gold]
    found = store.search(model.embed([q.text for q in questions]), 10)
    metric = ndcg(10)
    rows = metric.measure(
        [
            Case(q, Prediction("", 0, q.split, q.id, ""), "retrieved", tuple(id for id, _ in hits))
            for q, hits in zip(questions, found, strict=True)
        ]
    )
    values = [row[0] for row in rows if row is not None]
    return sum(values) / len(values)


def by_turns(title: str, ways: dict[str, Callable[[], object]], count: int) -> None:
    """Print texts per CPU second of each way, medians by turns, and ratios to the first."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        way()  # weights are loaded, memory is found
    for _ in range(ROUNDS):
        for name, way in ways.items():
            start = process_time()
            way()
            seconds[name].append(process_time() - start)
    first = median(next(iter(seconds.values())))
    print(title)
    for name, took in seconds.items():
        rate, ratio = count / median(took), first / median(took)
        print(f"  {name}: {rate:,.0f} a CPU second, {ratio:.1f} times the first", flush=True)


def _plain() -> MiniLM:
    """Return the model with the linear layers that the library gives it."""
    import torch

    model = MiniLM()
    for layer in model._model.modules():
        if isinstance(layer, torch.nn.Linear):
            layer.__class__ = torch.nn.Linear
    return model


if __name__ == "__main__":
    main()
