"""The plug-ins that come with the package: kind, name, and where the code is.

One line a plug-in. A target is "module:attribute", a class or a function that makes one; nothing
is imported before it is asked for.
"""

from collections.abc import Mapping
from typing import Literal

Kind = Literal["chunker", "embedder", "store", "retriever", "model", "training", "judge", "metric"]

BUILT_IN: Mapping[Kind, Mapping[str, str]] = {
    "chunker": {
        "recursive": "harness.chunking.recursive:Recursive",
        "sentence": "harness.chunking.sentence:Sentence",
        "whole": "harness.chunking.whole:Whole",
    },
    "embedder": {
        "minilm": "harness.retrieval.minilm:MiniLM",
        "sentence-transformers": "harness.retrieval.sentence_transformers:SentenceTransformers",
    },
    "store": {
        "chroma": "harness.stores.chroma:ChromaStore",
        "faiss": "harness.stores.faiss_store:FaissStore",
        "lancedb": "harness.stores.lance:LanceStore",
        "numpy": "harness.stores.numpy_store:NumpyStore",
        "pgvector": "harness.stores.pgvector:PgvectorStore",
        "pinecone": "harness.stores.pinecone:PineconeStore",
        "qdrant": "harness.stores.qdrant:QdrantStore",
        "weaviate": "harness.stores.weaviate:WeaviateStore",
    },
    "retriever": {
        "bm25": "harness.retrieval.bm25:BM25",
        "dense": "harness.retrieval.dense:Dense",
        "minilm": "harness.retrieval.dense:Dense",
        "rrf": "harness.retrieval.fusion:Fusion",
    },
    "model": {
        "openai": "harness.generation.openai_api:OpenAICompatible",
        "transformers": "harness.generation.local:LocalModel",
    },
    "training": {
        "bitfit": "harness.training.bitfit:BitFit",
        "bottleneck": "harness.training.bottleneck:Bottleneck",
        "dora": "harness.training.dora:Dora",
        "full": "harness.training.full:Full",
        "ia3": "harness.training.ia3:IA3",
        "last-layers": "harness.training.last_layers:LastLayers",
        "layer-norms": "harness.training.layer_norms:LayerNorms",
        "lora": "harness.training.lora:Lora",
        "p-tuning": "harness.training.p_tuning:PTuning",
        "prompt-tuning": "harness.training.prompt_tuning:PromptTuning",
        "qlora": "harness.training.qlora:QLora",
        "rslora": "harness.training.rslora:RsLora",
    },
    "judge": {
        "lexical": "harness.judges.lexical:Lexical",
        "offline": "harness.judges.offline:Offline",
        "ragas": "harness.judges.ragas_model:RagasModel",
        "ragas-offline": "harness.judges.ragas_offline:RagasOffline",
    },
    "metric": {
        "abstention_precision": "harness.metrics.abstention:AbstentionPrecision",
        "abstention_recall": "harness.metrics.abstention:AbstentionRecall",
        "bleu": "harness.metrics.bleu:Bleu",
        "bleu_sentence_exp": "harness.metrics.bleu_sentence:smoothed",
        "bleu_sentence_unsmoothed": "harness.metrics.bleu_sentence:unsmoothed",
        "chrf": "harness.metrics.bleu:Chrf",
        "contains": "harness.metrics.answer:Contains",
        "cosine": "harness.metrics.cosine:Cosine",
        "cosine_coverage": "harness.metrics.cosine:CosineCoverage",
        "cosine_coverage_lsa": "harness.metrics.cosine_lsa:CosineCoverageLsa",
        "cosine_lsa": "harness.metrics.cosine_lsa:CosineLsa",
        "cosine_tfidf": "harness.metrics.cosine_tfidf:CosineTfidf",
        "exact_match": "harness.metrics.answer:ExactMatch",
        "faithfulness_gold": "harness.metrics.faithfulness:gold",
        "faithfulness_retrieved": "harness.metrics.faithfulness:retrieved",
        "hit": "harness.metrics.ranking:hit",
        "meteor": "harness.metrics.meteor:Meteor",
        "mrr": "harness.metrics.ranking:mrr",
        "ndcg": "harness.metrics.ranking:ndcg",
        "ragas_answer_relevancy": "harness.metrics.ragas_answer:AnswerRelevancy",
        "ragas_context_precision": "harness.metrics.ragas_context:ContextPrecision",
        "ragas_context_recall": "harness.metrics.ragas_context:ContextRecall",
        "ragas_factual_correctness": "harness.metrics.ragas_answer:FactualCorrectness",
        "ragas_noise_sensitivity": "harness.metrics.ragas_context:NoiseSensitivity",
        "recall": "harness.metrics.ranking:recall",
        "rouge1": "harness.metrics.rouge:rouge1",
        "rouge1_stem": "harness.metrics.rouge:rouge1_stem",
        "rouge2": "harness.metrics.rouge:rouge2",
        "rouge2_stem": "harness.metrics.rouge:rouge2_stem",
        "rougeL": "harness.metrics.rouge:RougeL",
        "rougeL_stem": "harness.metrics.rouge:rouge_l_stem",
        "rougeLsum": "harness.metrics.rouge:RougeLsum",
        "rougeLsum_stem": "harness.metrics.rouge:rouge_l_sum_stem",
        "token_f1": "harness.metrics.answer:TokenF1",
        "tokens_in": "harness.metrics.usage:tokens_in",
        "tokens_out": "harness.metrics.usage:tokens_out",
    },
}
