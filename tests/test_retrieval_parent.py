from pathlib import Path

import pytest

from harness import registry
from harness.chunking.sentence import Sentence
from harness.chunking.whole import Whole
from harness.errors import ArtefactError, ConfigError
from harness.retrieval.bm25 import BM25
from harness.retrieval.parent import Parent
from harness.timing import Stopwatch
from harness.types import Chunk, Document
from tests.retrievers import Everything, ranked

DOCUMENTS = [
    Document("engine", "The engine needs oil. It was painted red. The oil is old.", "Engine"),
    Document("dog", "A dog barks. It fears the engine.", "Dog"),
    Document("bank", "Interest rose. Savings earn three percent.", "Bank"),
]
CHUNKS = [chunk for document in DOCUMENTS for chunk in Whole().chunk(document)]


def test_a_passage_stands_where_its_best_piece_stands(tmp_path: Path) -> None:
    pieces = [
        Chunk(f"{n}", start, start + 1, piece.text, piece.title)
        for n, document in enumerate(DOCUMENTS)
        for start, piece in enumerate(Sentence().chunk(document))
    ]
    alone = BM25()
    (tmp_path / "alone").mkdir()
    alone.index(pieces, tmp_path / "alone")
    best: dict[str, float] = {}
    for id, score in ranked(alone, "engine oil", k=99):
        best.setdefault(DOCUMENTS[int(id)].id, score)
    retriever = Parent(BM25())
    assert retriever.index(CHUNKS, tmp_path) == 0
    found = ranked(retriever, "engine oil")
    assert dict(found) == best
    assert [id for id, _ in found] == ["engine", "dog"]


def test_what_is_returned_is_a_passage_of_the_benchmark_s_own_cut(tmp_path: Path) -> None:
    retriever = Parent([BM25()])
    retriever.index(CHUNKS, tmp_path)
    assert retriever.retrieve_many(["savings"], 1, Stopwatch())[0][0].chunk == CHUNKS[2]


def test_many_pieces_of_one_passage_do_not_use_up_the_places(tmp_path: Path) -> None:
    long = Document("long", "The oil is old. " * 50)
    chunks = [*Whole().chunk(long), *CHUNKS]
    retriever = Parent(BM25())
    retriever.index(chunks, tmp_path)
    assert {id for id, _ in ranked(retriever, "old oil barks", k=3)} == {"long", "engine", "dog"}
    assert len(ranked(retriever, "old oil barks", k=99)) == 3


def test_passages_end_before_the_one_that_does_not_fit(tmp_path: Path) -> None:
    lengths = [len(CHUNKS[0].passage), len(CHUNKS[1].passage)]
    for limit, expected in ((1, 1), (lengths[0], 1), (sum(lengths) - 1, 1), (sum(lengths), 2)):
        retriever = Parent(BM25(), characters=limit)
        retriever.index(CHUNKS, tmp_path)
        assert [id for id, _ in ranked(retriever, "engine oil")] == ["engine", "dog"][:expected]


def test_an_index_of_other_pieces_is_refused(tmp_path: Path) -> None:
    options = {"of": "bm25", "sentences": 2}
    built = registry.create("retriever", "parent", options)
    built.index(CHUNKS, tmp_path)
    again = registry.create("retriever", "parent", options)
    again.load(CHUNKS, tmp_path)
    assert ranked(again, "engine oil") == ranked(built, "engine oil")
    with pytest.raises(ArtefactError, match=r"sentences=2 .*sentences=3 "):
        Parent(BM25(), sentences=3).load(CHUNKS, tmp_path)


def test_pieces_have_so_many_sentences(tmp_path: Path) -> None:
    """The words of the engine's first and last sentence never meet in a piece of one or two."""
    for sentences, together in ((1, False), (2, False), (3, True)):
        seen = Everything()
        Parent(seen, sentences).index(CHUNKS, tmp_path)
        engine = [c.text for c in seen.chunks if c.document_id == CHUNKS[0].id]
        assert " ".join(engine) == CHUNKS[0].text
        assert any("needs" in text and "old" in text for text in engine) == together


def test_impossible_settings_are_named() -> None:
    with pytest.raises(ConfigError, match="characters=0"):
        Parent(BM25(), characters=0)
    with pytest.raises(ConfigError, match="sentences=0"):
        Parent(BM25(), sentences=0)
