"""Corpus to chunks to index to rankings: made once for every arm that names the retriever."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import perf_counter

from harness import registry
from harness.artefacts import Artefacts
from harness.config.records import Context
from harness.config.records import Retriever as RetrieverConfig
from harness.contexts import passages
from harness.errors import DataError
from harness.files import digest, encode, read_rows, source_digest, write_rows, write_text
from harness.progress import Progress
from harness.protocols import Chunker, Retriever
from harness.retrieval.holding_out import findable, known
from harness.retrieval.question_index import QuestionIndex
from harness.stages.retriever import embedder_of, models_asked, options_of
from harness.timing import Stopwatch
from harness.types import Chunk, Document, Hit, Question

BLOCK = 64
"""Questions retrieved at a time, so that the bar moves."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """One question's hits, as (chunk id, score), best first."""

    question_id: str
    hits: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class IndexBuild:
    """What making an index took."""

    seconds: float
    machines: float
    """How many priced machines were busy meanwhile: one GPU, or some cores."""
    embedded_tokens: int | None
    chunks: int
    megabytes: float


@dataclass(frozen=True)
class Retrieval:
    """One retriever of a benchmark over one corpus; each part is built or loaded when needed."""

    label: str
    config: RetrieverConfig
    documents: Mapping[str, Document]
    corpus: str
    """Digest of the documents."""
    artefacts: Artefacts
    progress: Progress
    machines: Callable[[], float]
    questions: Sequence[Question] = ()
    """All questions of the set: they say which document answers what."""

    @cached_property
    def _chunks_made_of(self) -> dict[str, object]:
        made_of: dict[str, object] = {
            "corpus": self.corpus,
            "chunker": self.config.chunker.model_dump(),
            "source": source_digest("chunking", "text/sentences", "text/surrogates"),
        }
        if (embedder := embedder_of(self.config.chunker)) is not None:
            made_of["embedder"] = [embedder, source_digest("retrieval")]
        return made_of

    @cached_property
    def chunks(self) -> tuple[Chunk, ...]:
        """The corpus in passages."""

        def make(folder: Path) -> None:
            spec = self.config.chunker
            where = f"retrievers.{self.label}.chunker"
            chunker: Chunker = registry.create("chunker", spec.type, spec.options, where)
            with self.progress.task("cut documents", len(self.documents), "documents") as advance:
                made: list[Chunk] = []
                for n, document in enumerate(self.documents.values(), start=1):
                    made += chunker.chunk(document)
                    advance(n)
            if not made:
                raise DataError("no document of the corpus holds any text to index")
            write_rows(folder / "chunks.jsonl", made)

        folder = self.artefacts.build("chunks", self._chunks_made_of, make)
        return tuple(read_rows(folder / "chunks.jsonl", Chunk))

    @cached_property
    def chunks_of(self) -> dict[str, tuple[Chunk, ...]]:
        """Chunks by document id, in the document's order."""
        found: dict[str, list[Chunk]] = {}
        for chunk in self.chunks:
            found.setdefault(chunk.document_id, []).append(chunk)
        return {document: tuple(chunks) for document, chunks in found.items()}

    @cached_property
    def known(self) -> tuple[Question, ...]:
        """The questions whose answers may be in the index."""
        return known(self.questions, self.config.without)

    @cached_property
    def indexed(self) -> tuple[Chunk, ...]:
        """The passages that can be found."""
        config = self.config
        found = findable(self.chunks, self.questions, config.without, config.match)
        if not found:
            raise DataError(
                f"retrievers.{self.label}: no passage is left for the index; 'without' and "
                "'match' go by the gold documents of the questions"
            )
        return found

    @cached_property
    def _index_made_of(self) -> dict[str, object]:
        options = options_of(self.config)
        made_of: dict[str, object] = {
            "chunks": digest(self._chunks_made_of),
            "retriever": {"type": self.config.type, **options},
            "source": source_digest("retrieval", "stores", "stages/retriever", "text"),
        }
        if asked := list(models_asked(options)):
            made_of["models"] = asked
        if self.config.without:
            made_of["indexed"] = digest([chunk.id for chunk in self.indexed])
        if self.config.match == "questions":
            made_of["known"] = digest([(q.id, q.text, q.gold) for q in self.known])
        return made_of

    @property
    def key(self) -> str:
        """What a ranking depends on besides the question."""
        return digest([self._index_made_of, self.config.depth])

    def _new_retriever(self) -> Retriever:
        where = f"retrievers.{self.label}"
        found: Retriever = registry.create(
            "retriever", self.config.type, options_of(self.config), where
        )
        return QuestionIndex(found, self.known) if self.config.match == "questions" else found

    @cached_property
    def retriever(self) -> Retriever:
        """The retriever, ready to search."""
        retriever = self._new_retriever()
        fresh = False

        def make(folder: Path) -> None:
            nonlocal fresh
            fresh = True
            chunks = self.indexed
            with self.progress.task(f"index {self.label}", len(chunks), "chunks") as advance:
                start = perf_counter()
                tokens = retriever.index(chunks, folder)
                seconds = perf_counter() - start
                advance(len(chunks))
            size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6
            if len(chunks) < len(self.chunks):  # or the index would not say what it holds
                write_rows(folder / "indexed.jsonl", [{"chunk": chunk.id} for chunk in chunks])
            build = IndexBuild(seconds, self.machines(), tokens, len(chunks), size)
            write_text(folder / "build.json", json.dumps(encode(build)))

        folder = self.artefacts.build("index", self._index_made_of, make)
        if not fresh:
            retriever.load(self.indexed, folder)
        return retriever

    @property
    def build(self) -> IndexBuild:
        """What making the index took, when it was made."""
        folder = self.artefacts.path("index", self._index_made_of)
        return IndexBuild(**json.loads((folder / "build.json").read_text(encoding="utf-8")))

    def rankings(self, questions: Sequence[Question]) -> tuple[dict[str, tuple[Hit, ...]], float]:
        """Return the hits of each question, and the machine-seconds that finding them took."""
        depth = self.config.depth
        made_of = {
            "index": digest(self._index_made_of),
            "questions": digest([(q.id, q.text) for q in questions]),
            "depth": depth,
        }

        def make(folder: Path) -> None:
            retriever, watch = self.retriever, Stopwatch()
            rows = []
            with self.progress.task(f"search {self.label}", len(questions), "questions") as advance:
                for start in range(0, len(questions), BLOCK):
                    block = questions[start : start + BLOCK]
                    found = retriever.retrieve_many([q.text for q in block], depth, watch)
                    rows += [
                        Ranking(q.id, tuple((h.chunk.id, h.score) for h in hits))
                        for q, hits in zip(block, found, strict=True)
                    ]
                    advance(len(rows))
            write_rows(folder / "rankings.jsonl", rows)
            seconds = sum(watch.seconds.values()) * self.machines()
            write_text(folder / "build.json", json.dumps({"machine_seconds": seconds}))

        folder = self.artefacts.build("rankings", made_of, make)
        by_id = {chunk.id: chunk for chunk in self.chunks}
        ranked = {
            row.question_id: tuple(Hit(by_id[chunk], score) for chunk, score in row.hits)
            for row in read_rows(folder / "rankings.jsonl", Ranking)
        }
        build = json.loads((folder / "build.json").read_text(encoding="utf-8"))
        return ranked, build["machine_seconds"]

    def read(
        self, context: Context, question: Question, ranking: Sequence[Hit]
    ) -> tuple[Hit, ...] | None:
        """Return what an arm with this context reads; None where its type does not apply."""
        return passages(
            context.type,
            question,
            ranking,
            self.chunks_of,
            self.documents,
            context.k,
            threshold=context.threshold,
        )


def contexts_of(
    context: Context,
    retrieval: Retrieval | None,
    questions: Sequence[Question],
    rankings: Mapping[str, tuple[Hit, ...]],
) -> dict[str, tuple[Hit, ...] | None]:
    """Return what an arm reads for each question, by question id."""
    if retrieval is None:
        return {question.id: () for question in questions}
    return {q.id: retrieval.read(context, q, rankings[q.id]) for q in questions}
