"""Rows of pre-training: copying, reading, plain text; each a pair of token ids and weights."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import torch
from transformers import PreTrainedTokenizerBase

from harness.pocket.prompt import question_part
from harness.pocket.scenes import Scene
from harness.pocket.tokenizer import EOS

CONTEXT_WEIGHT = 0.05
EOS_ID = 1


@dataclass(frozen=True, slots=True)
class Row:
    """Token ids and the weight of the loss on each."""

    ids: list[int]
    weights: list[float]


def copy_row(rng: Random, vocabulary: Sequence[int], half: int) -> Row:
    """Return random tokens, a gap, then a suffix of the same tokens, which is what is scored."""
    tokens = [rng.choice(vocabulary) for _ in range(half)]
    skip, gap = rng.randrange(half // 2), rng.randrange(half // 2)
    ids = tokens + [rng.choice(vocabulary) for _ in range(gap)] + tokens[skip:]
    ids = ids[: 2 * half]
    scored = half + gap + 1
    return Row(ids, [0.0] * scored + [1.0] * (len(ids) - scored))


def reading_rows(
    tokenizer: PreTrainedTokenizerBase, scenes: Sequence[Scene], *, learn_context: Sequence[bool]
) -> list[Row]:
    """Return one row for each scene: the context and its questions with answers, packed.

    Args:
        tokenizer: The tokenizer of pocket.
        scenes: What is read.
        learn_context: Whether the row also learns to continue its context, a little.
    """
    pieces: list[str] = []
    for scene in scenes:
        pieces.append(scene.context)
        for index, item in enumerate(scene.items):
            pieces.append(question_part(item.question, first=index == 0 and not scene.passages))
            pieces.append(f" {item.answer}{EOS}")
    encoded = iter(tokenizer(pieces)["input_ids"])
    rows = []
    for scene, learn in zip(scenes, learn_context, strict=True):
        ids = list(next(encoded))
        weights = [0.0] + [CONTEXT_WEIGHT if learn else 0.0] * (len(ids) - 1) if ids else []
        for _ in scene.items:
            question, answer = next(encoded), next(encoded)
            ids += [*question, *answer]
            weights += [0.0] * len(question) + [1.0] * len(answer)
        rows.append(Row(ids, weights))
    return rows


def text_row(rng: Random, paragraphs: Sequence[list[int]], length: int) -> Row:
    """Return paragraphs of ordinary text, the first of which is said again, as far as it fits."""
    first = rng.choice(paragraphs)[: length // 2]
    ids = list(first)
    while len(ids) < length - len(first):
        ids += [EOS_ID, *rng.choice(paragraphs)]
    ids = [*ids[: length - len(first) - 1], EOS_ID, *first]
    weights = [0.0] + [0.1] * (len(ids) - 1)
    again = max(0, len(first) - 4)  # the first words say which paragraph it is
    weights[len(weights) - again :] = [0.5] * again
    return Row(ids, weights)


def batch(rows: Sequence[Row]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return (ids, weights), both (rows, longest row), padded on the right."""
    pad = torch.nn.utils.rnn.pad_sequence
    ids = pad([torch.tensor(row.ids) for row in rows], batch_first=True)
    return ids, pad([torch.tensor(row.weights) for row in rows], batch_first=True)
