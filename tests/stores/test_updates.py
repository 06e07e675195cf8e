"""Documents that come, change and go in an index that is not rebuilt, on every store."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.errors import ArtefactError, DataError
from harness.protocols import Vectors
from harness.retrieval.dense import Dense
from harness.timing import Stopwatch
from harness.types import Chunk
from tests.stores.conftest import SERVED, STORES, Make
from tests.test_retrieval import Letters

TEXTS = {
    "cat": ["The cat sleeps on the warm sofa.", "It wakes at noon."],
    "dog": ["A dog barks at the postman every morning."],
    "car": ["The engine of the car needs new oil."],
    "bank": ["Interest on savings rose to three percent."],
}


class SmallEmbedder(Letters):
    """Counts letters, and fails on a text that says so."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        if any("FAIL" in text for text in texts):
            raise RuntimeError("no vectors for this")
        return super().embed(texts)


def chunks(document: str, texts: Sequence[str]) -> list[Chunk]:
    made, start = [], 0
    for text in texts:
        made.append(Chunk(document, start, start + len(text), text))
        start += len(text) + 1
    return made


CHUNKS = [chunk for document, texts in TEXTS.items() for chunk in chunks(document, texts)]


def found(dense: Dense, question: str, k: int = 10) -> list[tuple[str, str]]:
    [hits] = dense.retrieve_many([question], k, Stopwatch())
    return [(hit.chunk.document_id, hit.chunk.text) for hit in hits]


@pytest.mark.parametrize("name", STORES)
def test_the_next_query_sees_what_was_added_replaced_and_removed(
    make: Make, name: str, tmp_path: Path
) -> None:
    dense = Dense(SmallEmbedder(), make(name, 26))
    dense.index(CHUNKS, tmp_path)
    old = CHUNKS[2].text
    assert found(dense, old)[0] == ("dog", old)

    new = "A dog barks at the postman every evening."  # as long: the passage has the same id
    tokens = dense.update(chunks("dog", [new]))
    assert tokens == len(new)
    assert found(dense, new)[0] == ("dog", new)
    assert old not in [text for _, text in found(dense, old)]

    dense.update(chunks("tax", ["Tax on fuel goes up by two percent."]), removed=["bank"])
    assert found(dense, "Tax on fuel goes up by two percent.", 1)[0][0] == "tax"
    assert "bank" not in {document for document, _ in found(dense, TEXTS["bank"][0])}

    dense.update(chunks("cat", ["One passage, where there were two of them."]))
    assert [d for d, _ in found(dense, "cat sofa noon")].count("cat") == 1
    assert len(found(dense, "anything")) == 4

    now = [chunk for chunk in dense._chunks.values()]
    dense.update([], removed=["tax"], folder=tmp_path)
    expected = found(dense, old)
    dense.close()
    again = Dense(SmallEmbedder(), make(name, 26))
    with pytest.raises(ArtefactError, match=r"the set of documents was '3 .*is '4 "):
        again.load(now, tmp_path)
    again.load([chunk for chunk in reversed(now) if chunk.document_id != "tax"], tmp_path)
    assert found(again, old) == expected
    again.close()


def test_an_update_that_cannot_be_done_changes_nothing(tmp_path: Path) -> None:
    dense = Dense(SmallEmbedder())
    dense.index(CHUNKS, tmp_path)
    before = found(dense, "dog")
    with pytest.raises(DataError, match="no document 'cow' is in the index"):
        dense.update([], removed=["cow"])
    with pytest.raises(DataError, match="'dog' is both added and removed"):
        dense.update(chunks("dog", ["x"]), removed=["dog"])
    with pytest.raises(DataError, match="'new:0-1' comes twice"):
        dense.update(chunks("new", ["x"]) * 2)
    with pytest.raises(DataError, match="no text to index"):
        dense.update([], removed=list(TEXTS))
    assert found(dense, "dog") == before


@pytest.mark.parametrize("name", ["faiss-flat", *SERVED])
def test_an_index_that_an_update_left_half_written_is_never_searched(
    make: Make, name: str, tmp_path: Path
) -> None:
    dense = Dense(SmallEmbedder(), make(name, 26))
    dense.index(CHUNKS, tmp_path)
    with pytest.raises(RuntimeError, match="no vectors"):
        dense.update(chunks("dog", ["FAIL"]), folder=tmp_path)
    with pytest.raises(ArtefactError, match="no collection is open"):
        found(dense, "dog")
    again = Dense(SmallEmbedder(), make(name, 26))
    with pytest.raises(ArtefactError, match=r"no readable fingerprint\.json"):
        again.load(CHUNKS, tmp_path)
    again.index(CHUNKS, tmp_path)
    assert found(again, "dog barks")[0][0] == "dog"
    again.close()


@pytest.mark.parametrize("name", SERVED)
def test_a_changed_collection_does_not_serve_the_folder_of_before(
    make: Make, name: str, tmp_path: Path
) -> None:
    first = Dense(SmallEmbedder(), make(name, 26))
    first.index(CHUNKS, tmp_path)
    second = Dense(SmallEmbedder(), make(name, 26))
    second.load(CHUNKS, tmp_path)
    second.update(chunks("new", ["A text of another folder."]))
    with pytest.raises(ArtefactError, match=r"collection harness_.* is half-written"):
        Dense(SmallEmbedder(), make(name, 26)).load(CHUNKS, tmp_path)
    (tmp_path / "other").mkdir()
    second._store.save(tmp_path / "other")
    with pytest.raises(ArtefactError, match="was changed after the folder was saved"):
        Dense(SmallEmbedder(), make(name, 26)).load(CHUNKS, tmp_path)
    first.close()
    second.close()


@pytest.mark.parametrize("name", ["numpy", "chroma", "qdrant", "lancedb"])
def test_files_that_were_saved_stay_as_they_are(make: Make, name: str, tmp_path: Path) -> None:
    first = Dense(SmallEmbedder(), make(name))
    first.index(CHUNKS, tmp_path)
    first.update([], removed=["dog"])
    second = Dense(SmallEmbedder(), make(name))
    second.load(CHUNKS, tmp_path)
    second.update(chunks("new", ["Something else."]))
    third = Dense(SmallEmbedder(), make(name))
    third.load(CHUNKS, tmp_path)
    assert {document for document, _ in found(third, "dog")} == set(TEXTS)
    for dense in (first, second, third):
        dense.close()


def test_an_index_of_another_embedder_or_store_is_named(make: Make, tmp_path: Path) -> None:
    Dense(Letters("abc"), make("numpy")).index(CHUNKS, tmp_path)
    message = r"embedder was 'letters abc', is 'letters abcdef.*dimension was '3', is '26'"
    with pytest.raises(ArtefactError, match=message):
        Dense(Letters(), make("numpy")).load(CHUNKS, tmp_path)
    with pytest.raises(ArtefactError, match=re.escape("store was 'numpy', is 'faiss hnsw'")):
        Dense(Letters("abc"), make("faiss-hnsw")).load(CHUNKS, tmp_path)


@pytest.mark.parametrize("name", STORES)
def test_an_old_text_is_never_returned_again(make: Make, name: str, tmp_path: Path) -> None:
    dense = Dense(SmallEmbedder(), make(name, 26))
    dense.index(CHUNKS, tmp_path)
    old = {*TEXTS["dog"], *TEXTS["bank"]}

    def returned(of: Dense) -> set[str]:
        return {
            text for asked in [*old, "anything"] for k in (1, 10) for _, text in found(of, asked, k)
        }

    assert old <= returned(dense)
    new = chunks("dog", ["The dog is silent now."])
    dense.update(new, removed=["bank"], folder=tmp_path)
    assert found(dense, TEXTS["dog"][0])
    assert returned(dense).isdisjoint(old)
    dense.close()

    again = Dense(SmallEmbedder(), make(name, 26))
    again.load([chunk for chunk in CHUNKS if chunk.text not in old] + new, tmp_path)
    assert returned(again).isdisjoint(old)
    back = chunks("bank", ["Interest on savings fell again."])
    again.update(back)
    assert found(again, back[0].text)[0] == ("bank", back[0].text)
    assert returned(again).isdisjoint(old)
    again.close()
