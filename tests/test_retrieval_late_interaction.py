from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from harness.errors import ArtefactError, ConfigError
from harness.protocols import Vectors
from harness.retrieval.bm25 import BM25
from harness.retrieval.late_interaction import LateInteraction
from harness.retrieval.minilm import MiniLM
from harness.retrieval.ranking import lot_of
from harness.retrieval.token_vectors import TokenVectors
from harness.timing import Stopwatch
from harness.types import Chunk
from tests.retrievers import Everything, ranked

TEXTS = {
    "oil": "The engine needs new oil every year.",
    "paint": "The engine was painted with oil colours.",
    "dog": "A dog barks at the engine.",
    "odd": "engine \u2028\x00",
}
CHUNKS = [Chunk(id, 0, len(text), text) for id, text in TEXTS.items()]


class Axes:
    """Gives each known word an axis of its own, so that scores can be worked out by hand."""

    signature = "axes"
    dimension = 4
    _axes = ("engine", "oil", "dog", "paint")

    def embed(self, texts: Sequence[str]) -> Vectors:
        return np.full((len(texts), 4), 0.5, np.float32)

    def embed_tokens(self, texts: Sequence[str]) -> list[Vectors]:
        eye = np.eye(4, dtype=np.float32)
        words = [[w.strip(".,?") for w in text.lower().split()] for text in texts]
        return [eye[[self._axes.index(w) for w in row if w in self._axes]] for row in words]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]


@pytest.fixture(scope="module")
def minilm() -> MiniLM:
    return MiniLM(device="cpu")


def test_a_score_is_the_mean_of_the_best_matches_of_the_question_s_tokens(tmp_path: Path) -> None:
    retriever = LateInteraction(Everything(), Axes())
    tokens = retriever.index(CHUNKS, tmp_path)
    assert tokens == sum(len(text.split()) for text in TEXTS.values())
    assert ranked(retriever, "Which oil does the engine need?") == [
        *[(id, 1.0) for id in sorted(["oil", "paint"], key=lot_of)],
        *[(id, 0.5) for id in sorted(["dog", "odd"], key=lot_of)],
    ]


def test_scores_equal_the_definition_on_real_vectors(tmp_path: Path, minilm: MiniLM) -> None:
    from sentence_transformers.util import normalize_embeddings

    retriever = LateInteraction([Everything()], minilm)
    retriever.index(CHUNKS, tmp_path)
    question = "How often is fresh oil needed?"
    found = dict(ranked(retriever, question))

    def vectors(text: str) -> Vectors:
        states = minilm._model.encode([text], output_value="token_embeddings")[0][1:-1]
        rows: Vectors = normalize_embeddings(states).numpy()
        return rows

    for chunk in CHUNKS[:3]:
        expected = (vectors(question) @ vectors(chunk.text).T).max(axis=1).mean()
        assert found[chunk.document_id] == pytest.approx(float(expected), abs=1e-3)  # 16 bits
    assert next(iter(found)) == "oil"


def test_company_does_not_matter_to_the_vectors_of_tokens(minilm: MiniLM) -> None:
    texts = ["The longest of these texts, by far, is this one.", "short", "", "short", "🙂"]
    together = minilm.embed_tokens(texts)
    assert [len(rows) for rows in together] == [13, 1, 0, 1, 0]
    for text, rows in zip(texts, together, strict=True):
        assert rows == pytest.approx(minilm.embed_tokens([text])[0], abs=1e-5)
        assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(len(rows)), abs=1e-5)
    assert minilm.embed_tokens([]) == []


@pytest.mark.parametrize("question", ["", " ", "🙂", "word " * 5_000])
def test_odd_questions_are_no_error(tmp_path: Path, minilm: MiniLM, question: str) -> None:
    retriever = LateInteraction(Everything(), minilm)
    retriever.index(CHUNKS, tmp_path)
    found = ranked(retriever, question)
    assert len(found) == 4
    if "word" not in question:
        assert found == [(id, 0.0) for id in sorted(TEXTS, key=lot_of)]


def test_only_the_first_hits_are_ranked_again(tmp_path: Path) -> None:
    retriever = LateInteraction(Everything(), Axes(), depth=2)
    retriever.index(CHUNKS[::-1], tmp_path)
    assert ranked(retriever, "oil", k=2) == [("odd", 0.0), ("dog", 0.0)]
    assert ranked(retriever, "oil", k=3)[0] == ("paint", 1.0)


def test_time_is_booked_as_rerank(tmp_path: Path) -> None:
    ticks = iter(range(100))
    watch = Stopwatch(clock=lambda: float(next(ticks)))
    retriever = LateInteraction(BM25(), Axes())
    retriever.index(CHUNKS, tmp_path)
    retriever.retrieve_many(["oil", "dog"], 2, watch)
    assert watch.seconds == {"search": 1.0, "rerank": 1.0}


def test_a_loaded_index_answers_as_the_one_that_was_built(tmp_path: Path) -> None:
    built, loaded = (LateInteraction(BM25(), Axes()) for _ in range(2))
    built.index(CHUNKS, tmp_path)
    loaded.load(CHUNKS, tmp_path)
    assert ranked(loaded, "engine oil dog") == ranked(built, "engine oil dog")
    with pytest.raises(ArtefactError, match=r"depth=50 .*depth=9"):
        LateInteraction(BM25(), Axes(), depth=9).load(CHUNKS, tmp_path)


@pytest.mark.parametrize("file", ["tokens.f16", "ends.npy"])
def test_damaged_vectors_are_refused(tmp_path: Path, file: str) -> None:
    LateInteraction(BM25(), Axes()).index(CHUNKS, tmp_path)
    (tmp_path / "tokens" / file).write_bytes(b"torn")
    with pytest.raises(ArtefactError, match="delete the folder"):
        LateInteraction(BM25(), Axes()).load(CHUNKS, tmp_path)


def test_passages_without_a_token_are_kept(tmp_path: Path) -> None:
    nothing = np.zeros((0, 3), np.float32)
    written = TokenVectors.write(tmp_path, [nothing, np.eye(3, dtype=np.float32)[:1], nothing])
    assert [len(written.of(row)) for row in range(3)] == [0, 1, 0]
    assert len(TokenVectors.write(tmp_path, [nothing]).of(0)) == 0


def test_impossible_settings_are_named() -> None:
    class Plain:
        signature, dimension = "plain", 4
        embed, count_tokens = Axes.embed, Axes.count_tokens

    with pytest.raises(ConfigError, match="no vectors of tokens"):
        LateInteraction(BM25(), Plain())
    with pytest.raises(ConfigError, match="depth=0"):
        LateInteraction(BM25(), Axes(), depth=0)
    with pytest.raises(ConfigError, match="one retriever, not 2"):
        LateInteraction([BM25(), BM25()], Axes())
