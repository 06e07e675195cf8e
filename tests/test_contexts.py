import pytest

from harness.contexts import document_ranking, passages
from harness.types import Chunk, ContextType, Document, Hit, Question

DOCUMENTS = {id: Document(id, f" {id} one. {id} two. ", id.upper()) for id in "abcd"}
CHUNKS = {id: (Chunk(id, 1, 7, f"{id} one."), Chunk(id, 8, 14, f"{id} two.")) for id in DOCUMENTS}
RANKING = tuple(
    Hit(CHUNKS[id][n], score)
    for id, n, score in [("b", 1, 0.9), ("a", 0, 0.8), ("b", 0, 0.7), ("c", 0, 0.6)]
)


def question(*gold: str, answerable: bool = True) -> Question:
    return Question("q", "Why?", ("So.",) if answerable else (), gold=gold, answerable=answerable)


def read(kind: ContextType, asked: Question, k: int = 2, characters: int = 10**6) -> list[str]:
    hits = passages(kind, asked, RANKING, CHUNKS, DOCUMENTS, k, characters=characters)
    assert hits is not None
    return [hit.chunk.text for hit in hits]


@pytest.mark.parametrize("kind", ["none", "external"])
def test_some_contexts_hold_nothing(kind: ContextType) -> None:
    assert read(kind, question("a")) == []


def test_retrieved_is_the_start_of_the_ranking() -> None:
    assert read("retrieved", question("a")) == ["b two.", "a one."]
    assert len(read("retrieved", question("a"), k=99)) == len(RANKING)


def test_retrieved_leaves_out_what_scores_below_a_threshold() -> None:
    def texts(threshold: float, k: int = 4) -> list[str]:
        hits = passages(
            "retrieved", question("a"), RANKING, CHUNKS, DOCUMENTS, k, threshold=threshold
        )
        assert hits is not None
        return [hit.chunk.text for hit in hits]

    assert texts(0.7) == ["b two.", "a one.", "b one."]
    assert texts(0.7, k=1) == ["b two."]
    assert texts(1.0) == []


def test_gold_is_every_gold_chunk_the_ranked_ones_first() -> None:
    assert read("gold", question("d", "a", "b")) == [
        "b two.",
        "a one.",
        "b one.",
        "d one.",
        "d two.",
        "a two.",
    ]


def test_gold_does_not_apply_where_nothing_is_gold() -> None:
    assert passages("gold", question(), RANKING, CHUNKS, DOCUMENTS, 2) is None


def test_wrong_is_the_best_of_what_is_not_gold() -> None:
    assert read("wrong", question("b"), k=1) == ["a one."]
    assert read("wrong", question("b"), k=9) == ["a one.", "c one."]
    assert read("wrong", question("a", "b", "c"), k=9) == []


def test_wrong_applies_to_what_nothing_answers_but_not_to_what_may_be_anywhere() -> None:
    assert read("wrong", question(answerable=False)) == ["b two.", "a one."]
    assert passages("wrong", question(), RANKING, CHUNKS, DOCUMENTS, 2) is None


def test_whole_is_the_ranked_documents_and_then_the_rest_of_the_corpus() -> None:
    hits = passages("whole", question("a"), RANKING, CHUNKS, DOCUMENTS, 1)
    assert hits is not None
    assert [(h.chunk.document_id, h.score) for h in hits] == [
        ("b", 0.9),
        ("a", 0.8),
        ("c", 0.6),
        ("d", 0.0),
    ]
    for hit in hits:
        document = DOCUMENTS[hit.chunk.document_id]
        assert document.text[hit.chunk.start : hit.chunk.end] == hit.chunk.text
        assert hit.chunk.text == document.text.strip()
        assert hit.chunk.title == document.title


def test_whole_stops_behind_the_document_that_reaches_the_length() -> None:
    assert read("whole", question(), characters=1) == ["b one. b two."]
    assert read("whole", question(), characters=17) == ["b one. b two.", "a one. a two."]


def test_a_document_without_text_is_no_passage() -> None:
    documents = {"e": Document("e", "  "), **DOCUMENTS}
    hits = passages("whole", question(), (), CHUNKS, documents, 1)
    assert hits is not None
    assert [h.chunk.document_id for h in hits] == list("abcd")


def test_a_document_ranks_where_its_first_chunk_does() -> None:
    assert document_ranking(RANKING) == ("b", "a", "c")
    assert document_ranking(()) == ()
