"""Retrievers to systems: what each ranks, and how long it takes for one question at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from time import perf_counter

from harness.config.records import Benchmark
from harness.contexts import document_ranking
from harness.files import digest, read_rows, source_digest, write_rows
from harness.provenance import machine
from harness.results import Span
from harness.retrieval.ranking import lot_of
from harness.retrieving.system import Ranked, System
from harness.stages.contexts import IndexBuild, Retrieval
from harness.timing import Stopwatch
from harness.types import Hit, Question

TIMED = 50
"""Questions timed one by one."""
WARM_UP = 3


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What one retriever of a benchmark gave."""

    label: str
    hits: Mapping[str, tuple[Hit, ...]]
    """By question id, best first."""
    build: IndexBuild
    spans: Sequence[Span]
    """embed, search, rerank and total, of single questions."""


def retrieved(retrieval: Retrieval, questions: Sequence[Question]) -> Retrieved:
    """Return the hits of a retriever, its index and its times; what is finished is read.

    The index leaves the memory afterwards: the next retriever has it to itself.
    """
    retrieval = replace(retrieval)  # a copy keeps what it loads to itself
    hits, _ = retrieval.rankings(questions)
    spans = _timed(retrieval, questions[: TIMED + WARM_UP])
    return Retrieved(retrieval.label, hits, retrieval.build, spans)


def systems(found: Retrieved, benchmark: Benchmark) -> Iterator[System]:
    """Yield a retriever with all its hits, then cut at each threshold at which an arm reads it."""
    config = benchmark.retrievers[found.label]
    options = config.chunker.options
    tokens = options.get("tokens")
    plain = System(
        found.label,
        {question: documents(hits) for question, hits in found.hits.items()},
        found.label,
        config.type,
        config.chunker.type,
        tokens if isinstance(tokens, int) else None,
    )
    yield plain
    contexts = [arm.context for arm in benchmark.arms.values() if arm.type == "model"]
    cuts = {c.threshold for c in contexts if c.retriever == found.label and c.threshold is not None}
    for cut in sorted(cuts):
        kept = {
            question: tuple((document, score) for document, score in ranked if score >= cut)
            for question, ranked in plain.rankings.items()
        }
        yield replace(plain, name=f"{found.label} ≥ {cut:g}", rankings=kept, threshold=cut)


def documents(hits: Sequence[Hit]) -> Ranked:
    """Return the documents of ranked chunks, each at the place and score of its first chunk.

    Documents of equal score stand in the order of their lots, whatever retriever found them.
    """
    scores: dict[str, float] = {}
    for hit in hits:
        scores.setdefault(hit.chunk.document_id, hit.score)
    tied = groupby(document_ranking(hits), key=scores.__getitem__)
    return tuple(
        (document, score) for score, group in tied for document in sorted(group, key=lot_of)
    )


def _timed(retrieval: Retrieval, questions: Sequence[Question]) -> list[Span]:
    """Return the spans of questions asked one by one, the first few untimed."""
    made_of = {
        "retriever": retrieval.key,
        "questions": digest([q.text for q in questions]),
        "machine": machine(None),
        "source": source_digest("retrieving/ranking"),
    }

    def make(folder: Path) -> None:
        retriever, spans = retrieval.retriever, list[Span]()
        warm_up = questions[: min(WARM_UP, len(questions) - 1)]
        for q in warm_up:
            retriever.retrieve_many([q.text], retrieval.config.depth, Stopwatch())
        for order, q in enumerate(questions[len(warm_up) :]):
            watch, start = Stopwatch(), perf_counter()
            retriever.retrieve_many([q.text], retrieval.config.depth, watch)
            total = perf_counter() - start
            spans += [
                Span("", q.id, order, name, 1000 * seconds)
                for name, seconds in {**watch.seconds, "total": total}.items()
            ]
        write_rows(folder / "spans.jsonl", spans)

    folder = retrieval.artefacts.build("search-times", made_of, make)
    return [replace(s, arm=retrieval.label) for s in read_rows(folder / "spans.jsonl", Span)]
