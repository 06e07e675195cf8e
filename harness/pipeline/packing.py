"""Whether an architecture keeps the documents of a packed row apart: tried, not looked up."""

from typing import Any

import torch
from transformers import AutoModelForCausalLM

from harness.errors import ModelError
from harness.generation.load import explained, load_config
from harness.generation.place import locate

_VOCABULARY, _LENGTH = 64, 12


def leaks(path: str) -> bool:
    """Return whether a document changes what the model makes of the next one in its row.

    A small copy of the architecture with random weights, one layer of each kind, reads two rows
    that differ in their first document only. Both carry position ids that begin anew at each
    document, which is how packed rows are told apart: attention keeps to them, a short
    convolution does not.
    """
    place = locate(path)
    config = _small(load_config(place))
    with explained(place), torch.random.fork_rng(devices=[]), torch.inference_mode():
        torch.manual_seed(0)
        model = AutoModelForCausalLM.from_config(config).eval()  # type: ignore[no-untyped-call]
        first, second, after = torch.randint(1, _VOCABULARY, (3, _LENGTH))
        positions = torch.arange(_LENGTH).repeat(2)[None]
        one, other = (
            model(
                input_ids=torch.cat([before, after])[None], position_ids=positions, use_cache=False
            ).logits[0, _LENGTH:]
            for before in (first, second)
        )
        return not torch.allclose(one, other, atol=1e-5)


def check_packing(path: str) -> None:
    """Refuse to pack for a model that would let documents leak.

    Raises:
        ModelError: It would.
    """
    if leaks(path):
        kind = (load_config(locate(path)).architectures or ["this model"])[0]
        raise ModelError(
            f"{path}: {kind} lets a document leak into the next one of a packed row; "
            "leave out --pack, and rows are padded"
        )


def _small(config: Any) -> Any:
    """Return the config with one layer of each kind and a small vocabulary."""
    kinds = getattr(config, "layer_types", None)
    if kinds:
        config.layer_types = list(dict.fromkeys(kinds))
        config.num_hidden_layers = len(config.layer_types)
    elif hasattr(config, "num_hidden_layers"):
        config.num_hidden_layers = min(2, config.num_hidden_layers)
    config.vocab_size = _VOCABULARY
    for name in ("pad_token_id", "bos_token_id", "eos_token_id"):
        setattr(config, name, None)
    return config
