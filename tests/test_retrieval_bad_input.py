"""What nobody should ask, asked of every retriever."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import ConfigError
from harness.protocols import Retriever
from harness.retrieval.bm25 import BM25
from harness.retrieval.dense import Dense
from harness.retrieval.fusion import Fusion
from harness.retrieval.hyde import HyDE
from harness.retrieval.late_interaction import LateInteraction
from harness.retrieval.minilm import MiniLM
from harness.retrieval.mmr import MMR
from harness.retrieval.multi_query import MultiQuery
from harness.retrieval.parent import Parent
from harness.retrieval.weighted import WeightedFusion
from harness.timing import Stopwatch
from harness.types import Chunk
from tests.fakes import Scripted

TEXTS = ["The engine needs oil.", "A dog barks.", "\x00\u2028 🙂", "نمست漢字 ﬃ", "oil \udc80 oil"]
CHUNKS = [Chunk(f"d{n}", 0, len(text), text) for n, text in enumerate(TEXTS)]
MINILM = MiniLM(device="cpu")
ECHO = Scripted(lambda prompt: prompt[-40:])

MAKERS: dict[str, Callable[[], Retriever]] = {
    "bm25": BM25,
    "dense": lambda: Dense(MINILM),
    "rrf": lambda: Fusion([BM25(), Dense(MINILM)]),
    "weighted": lambda: WeightedFusion([BM25(), Dense(MINILM)]),
    "late-interaction": lambda: LateInteraction(Dense(MINILM), MINILM),
    "mmr": lambda: MMR(Dense(MINILM), MINILM),
    "parent": lambda: Parent(BM25()),
    "hyde": lambda: HyDE(BM25(), ECHO),
    "multi-query": lambda: MultiQuery(Dense(MINILM), ECHO),
}
ODD = ["", " \n", "\x00", "🙂", "\udc80 engine", "engine " * 5_000, "x" * 10_000]


@pytest.fixture(params=MAKERS)
def retriever(request: pytest.FixtureRequest, tmp_path: Path) -> Retriever:
    made = MAKERS[request.param]()
    made.index(CHUNKS, tmp_path)
    return made


def test_odd_questions_get_rankings_like_any_other(retriever: Retriever) -> None:
    found = retriever.retrieve_many(ODD, 3, Stopwatch())
    assert len(found) == len(ODD)
    for hits in found:
        assert len(hits) <= 3
        assert all(hit.score == hit.score for hit in hits)  # no NaN
        order = [(-hit.score, hit.chunk.id) for hit in hits]
        assert [-score for score, _ in order] == sorted((-s for s, _ in order), reverse=True)


@pytest.mark.parametrize("name", ["bm25", "dense"])
def test_a_question_of_a_megabyte_gets_a_ranking(tmp_path: Path, name: str) -> None:
    retriever = MAKERS[name]()
    retriever.index(CHUNKS, tmp_path)
    [hits] = retriever.retrieve_many(["engine " * 150_000], 1, Stopwatch())
    assert hits[0].chunk == CHUNKS[0]


def test_no_question_is_no_ranking(retriever: Retriever) -> None:
    assert retriever.retrieve_many([], 3, Stopwatch()) == []


@pytest.mark.parametrize("k", [0, -1])
def test_fewer_than_one_result_cannot_be_asked_for(retriever: Retriever, k: int) -> None:
    with pytest.raises(ConfigError, match=f"k={k} results; ask for at least one"):
        retriever.retrieve_many(["engine"], k, Stopwatch())
