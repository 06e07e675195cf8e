"""The shape of pocket: LFM2 layers, a short convolution and attention in turn."""

from transformers import Lfm2Config, Lfm2ForCausalLM

from harness.pocket.tokenizer import WINDOW

WIDTH = 160
LAYERS = 6
HEADS = 5


def new_model(
    vocabulary: int, *, width: int = WIDTH, layers: int = LAYERS, heads: int = HEADS
) -> Lfm2ForCausalLM:
    """Return an untrained model.

    The convolution gives every token its predecessors, so that copying what followed an earlier
    occurrence takes one layer of attention; models of this size without it did not learn to look
    values up.
    """
    config = Lfm2Config(
        vocab_size=vocabulary,
        hidden_size=width,
        intermediate_size=int(width * 2.5) // 16 * 16,
        num_hidden_layers=layers,
        layer_types=["conv", "full_attention"] * (layers // 2),
        conv_L_cache=4,
        conv_bias=True,
        num_attention_heads=heads,
        num_key_value_heads=heads,
        max_position_embeddings=WINDOW,
        tie_word_embeddings=True,
        block_auto_adjust_ff_dim=False,
        initializer_range=0.05,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=1,
        rope_parameters={"rope_type": "default", "rope_theta": 1e6},
    )
    return Lfm2ForCausalLM(config)
