"""Examples to rows of ids, and rows to padded batches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

import torch
from torch.nn.utils.rnn import pad_sequence

from harness.generation.rendering import Rendering
from harness.training.segments import IGNORED, Encoded, Example

LONGEST_TEXT = 512


@dataclass(frozen=True, slots=True)
class Row:
    """Ids with a label for each: the id itself where it is learned, -100 elsewhere.

    For an encoder-decoder model the ids are the encoder's and the labels the decoder's.
    """

    ids: tuple[int, ...]
    labels: tuple[int, ...]
    tokens: int
    """What it costs of the training budget: every token that the model reads or writes."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows padded on the right, each tensor (rows, longest row)."""

    ids: torch.Tensor
    mask: torch.Tensor
    labels: torch.Tensor
    tokens: int


def rows(examples: Sequence[Example], rendering: Rendering) -> tuple[list[Row], int]:
    """Return the rows of all examples, and how many examples were too long for the window.

    An end-of-sequence id follows every learned answer. A text that is learned from its first
    word on (a document) is cut into rows; a prompt with an answer is never cut, but left out.
    """
    made: list[Row] = []
    too_long = 0
    for example in examples:
        row = _row(example, rendering)
        window = rendering.window or max(len(row.ids), len(row.labels))
        cut = not isinstance(example, Encoded) and example.segments[0].learn
        if cut and not rendering.seq2seq:
            made.extend(_cut(row, min(window, LONGEST_TEXT)))
        elif max(len(row.ids), len(row.labels)) > window:
            too_long += 1
        else:
            made.append(row)
    return made, too_long


def _row(example: Example, rendering: Rendering) -> Row:
    if isinstance(example, Encoded):
        return Row(example.ids, example.labels, len(example.ids))
    return _seq2seq(example, rendering) if rendering.seq2seq else _causal(example, rendering)


def _causal(example: Example, rendering: Rendering) -> Row:
    ids: list[int] = []
    labels: list[int] = []
    following = [segment.learn for segment in example.segments[1:]] + [False]
    for segment, goes_on in zip(example.segments, following, strict=True):
        more = rendering.encode_more if ids else rendering.encode
        piece = more(segment.text)
        if segment.learn and not goes_on:
            piece = [*piece, int(rendering.tokenizer.eos_token_id)]
        ids += piece
        labels += piece if segment.learn else [IGNORED] * len(piece)
    return Row(tuple(ids), tuple(labels), len(ids))


def _seq2seq(example: Example, rendering: Rendering) -> Row:
    """The encoder reads what is not learned; of a document, its first segment (the title)."""
    read = [s.text for s in example.segments if not s.learn] or [example.segments[0].text]
    write = [s.text for s in example.segments[1:] if s.learn]
    window = rendering.window or LONGEST_TEXT
    ids = rendering.encode("".join(read))
    labels = rendering.encode_target("".join(write).strip())
    if example.segments[0].learn:  # a document: what does not fit is not worth a failure
        labels = labels[: min(window, LONGEST_TEXT)]
    return Row(tuple(ids), tuple(labels), len(ids) + len(labels))


def _cut(row: Row, length: int) -> Iterator[Row]:
    for start in range(0, len(row.ids), length):
        ids, labels = row.ids[start : start + length], row.labels[start : start + length]
        if len(ids) > 1:  # one id alone has no successor to learn
            yield Row(ids, labels, len(ids))


def schedule(
    made: Sequence[Row], batch_size: int, tokens: int, seed: int
) -> Iterator[tuple[Row, ...]]:
    """Yield batches of rows of like length until the budget is spent, epoch after epoch.

    Each epoch shuffles the rows, sorts them by length within stretches of sixteen batches and
    shuffles the batches. At least one batch is given, so a small budget trains a little.
    """
    rng = Random(f"batches {seed}")
    spent = 0
    while True:
        order = rng.sample(range(len(made)), len(made))
        stretch = 16 * batch_size
        batches = [
            bucket[i : i + batch_size]
            for start in range(0, len(order), stretch)
            for bucket in [sorted(order[start : start + stretch], key=lambda n: made[n].tokens)]
            for i in range(0, len(bucket), batch_size)
        ]
        rng.shuffle(batches)
        for batch in batches:
            yield tuple(made[n] for n in batch)
            spent += sum(made[n].tokens for n in batch)
            if spent >= tokens:
                return


def collate(batch: Sequence[Row], pad: int, device: torch.device) -> Batch:
    """Return the rows as tensors, padded on the right: no row reads another's tokens."""
    ids = [torch.tensor(row.ids) for row in batch]
    mask = [torch.ones(len(row.ids), dtype=torch.long) for row in batch]
    labels = [torch.tensor(row.labels) for row in batch]
    return Batch(
        pad_sequence(ids, batch_first=True, padding_value=pad).to(device),
        pad_sequence(mask, batch_first=True).to(device),
        pad_sequence(labels, batch_first=True, padding_value=IGNORED).to(device),
        sum(row.tokens for row in batch),
    )
