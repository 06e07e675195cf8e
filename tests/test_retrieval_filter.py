from pathlib import Path

import pytest

from harness import registry
from harness.chunking.fixed import Fixed
from harness.chunking.markdown import Markdown
from harness.chunking.recursive import Recursive
from harness.chunking.sentence import Sentence
from harness.chunking.whole import Whole
from harness.errors import ArtefactError, ConfigError
from harness.protocols import Chunker, Retriever
from harness.retrieval.bm25 import BM25
from harness.retrieval.dense import Dense
from harness.stores.faiss_store import FaissStore
from harness.stores.numpy_store import NumpyStore
from harness.types import Chunk, Document
from tests.retrievers import ranked
from tests.test_retrieval import Letters

YEARS = {"a": "2023", "b": "2024", "c": "2024", "d": ""}
CHUNKS = [
    Chunk(
        id, 0, 9, f"oil {id} oil", meta={"year": year, "kind": "note"} if year else {"kind": "memo"}
    )
    for id, year in YEARS.items()
]


def retrievers(where: dict[str, str | int | float]) -> list[Retriever]:
    return [
        BM25(filter=where),
        Dense(Letters(), FaissStore(), filter=where),
        Dense(Letters(), NumpyStore(), filter=where),
    ]


@pytest.mark.parametrize("chunker", [Whole(), Sentence(), Recursive(), Fixed(), Markdown()])
def test_every_chunk_carries_the_metadata_of_its_document(chunker: Chunker) -> None:
    document = Document("d", "One. Two.", "T", {"year": "2024"})
    assert {chunk.meta["year"] for chunk in chunker.chunk(document)} == {"2024"}


@pytest.mark.parametrize("number", range(3))
def test_only_documents_with_all_of_the_metadata_are_found(tmp_path: Path, number: int) -> None:
    for where, expected in (
        ({"year": 2024}, {"b", "c"}),
        ({"year": "2023", "kind": "note"}, {"a"}),
        ({"kind": "memo"}, {"d"}),
        ({}, {"a", "b", "c", "d"}),
    ):
        retriever = retrievers(where)[number]  # type: ignore[arg-type]
        retriever.index(CHUNKS, tmp_path)
        again = retrievers(where)[number]  # type: ignore[arg-type]
        again.load(CHUNKS, tmp_path)
        assert {id for id, _ in ranked(again, "oil")} == expected
        assert ranked(retriever, "oil", k=2) == ranked(again, "oil", k=2)


def test_the_score_of_a_passage_does_not_depend_on_a_filter(tmp_path: Path) -> None:
    for with_, without in zip(retrievers({"year": 2024}), retrievers({}), strict=True):
        with_.index(CHUNKS, tmp_path)
        few = ranked(with_, "oil b")
        without.index(CHUNKS, tmp_path)
        assert few == [pair for pair in ranked(without, "oil b") if pair[0] in ("b", "c")]


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({"yaer": 2024}, "no document has a field 'yaer'; did you mean 'year'"),
        ({"lang": "en"}, "no document has a field 'lang'; known: kind, year"),
        ({"year": 1999}, "no document has year='1999'; there are '2023', '2024'"),
        ({"year": 2024, "kind": "memo"}, "no document has all of kind='memo' year='2024'"),
    ],
)
def test_a_filter_that_fits_nothing_is_named(
    tmp_path: Path, number: int, where: dict[str, str | int | float], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        retrievers(where)[number].index(CHUNKS, tmp_path)


def test_an_index_serves_no_other_filter_and_no_other_metadata(tmp_path: Path) -> None:
    changed = [*CHUNKS[:3], Chunk("d", 0, 9, "oil d oil", meta={"year": "2024", "kind": "memo"})]
    for number in range(3):
        retrievers({"year": 2024})[number].index(CHUNKS, tmp_path)
        with pytest.raises(ArtefactError, match=r"2024.*2023"):
            retrievers({"year": 2023})[number].load(CHUNKS, tmp_path)
        retriever = retrievers({"year": 2024})[number]
        if number:
            with pytest.raises(ArtefactError, match="metadata"):
                retriever.load(changed, tmp_path)
        else:  # looks at the metadata of the passages at hand
            retriever.load(changed, tmp_path)
            assert {id for id, _ in ranked(retriever, "oil")} == {"b", "c", "d"}


def test_a_filter_in_a_benchmark_file_is_made_of_plain_values() -> None:
    registry.check("retriever", "dense", {"filter": {"year": 2024, "kind": "note"}})
    with pytest.raises(ConfigError, match="filter"):
        registry.check("retriever", "bm25", {"filter": "2024"})
    with pytest.raises(ConfigError, match="filter"):
        registry.check("retriever", "bm25", {"filter": {"year": [1, 2]}})
