"""Records to rows of ids, as training reads them: one document a row, or packed where that is safe.

A row holds no padding: whatever makes batches of rows pads them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.errors import ModelError
from harness.generation.rendering import Rendering
from harness.pipeline.record import Dropped, Record
from harness.text.prompt import Prompt
from harness.training.segments import IGNORED
from harness.training.targets import marks_of

Ids = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Ids of one document, or of as much of it as fits a row, with a label for each."""

    ids: Ids
    labels: Ids
    document_id: str
    source_sha256: str


def row_length(rendering: Rendering, wanted: int) -> int:
    """Return the most ids of a row.

    Raises:
        ModelError: The model writes with a decoder of its own.
    """
    if rendering.seq2seq:
        raise ModelError(
            "token sequences are for models that read and write one sequence; "
            "name a causal model as tokenizer"
        )
    return min(wanted, rendering.window or wanted)


def pieces(
    records: Sequence[Record], rendering: Rendering, prompt: Prompt, length: int
) -> tuple[list[Piece], list[Dropped]]:
    """Return the pieces of all records, and the pairs that no row can hold.

    Those are longer than a row, or their answer holds a mark by which the model tells turns.

    A document is learned from its first id on and cut into rows. Of a pair the answer alone is
    learned, behind the question as a benchmark with this prompt puts it; a pair is never cut.
    """
    made: list[Piece] = []
    dropped: list[Dropped] = []
    marks = marks_of(rendering)
    for record in records:
        if record.question:
            piece = _pair(record, rendering, prompt)
            if held := [mark for mark in marks if mark in record.text]:
                dropped.append(Dropped(record, "mark of a turn in the answer", held[0]))
            elif len(piece.ids) > length:
                detail = f"{len(piece.ids)} tokens, a row has {length}"
                dropped.append(Dropped(record, "longer than a row", detail))
            else:
                made.append(piece)
        else:
            made += _document(record, rendering, length)
    return made, dropped


def _pair(record: Record, rendering: Rendering, prompt: Prompt) -> Piece:
    asked = rendering.render(prompt.messages(record.question, ()))
    read = rendering.encode(asked)
    learned = [*rendering.encode_more(rendering.answer(asked, record.text)), _end(rendering)]
    ids = np.array([*read, *learned], np.int32)
    labels = ids.copy()
    labels[: len(read)] = IGNORED
    return Piece(ids, labels, record.id, record.source_sha256)


def _document(record: Record, rendering: Rendering, length: int) -> Iterator[Piece]:
    if record.title:
        ids = rendering.encode(f"{record.title}:") + rendering.encode_more(f" {record.text}")
    else:
        ids = rendering.encode(record.text)
    whole = np.array([*ids, _end(rendering)], np.int32)
    for start in range(0, len(whole), length):
        part = whole[start : start + length]
        if len(part) > 1:  # one id alone has no successor to learn
            yield Piece(part, part, record.id, record.source_sha256)


def _end(rendering: Rendering) -> int:
    return int(rendering.tokenizer.eos_token_id)


def alone(made: Sequence[Piece]) -> Iterator[tuple[Piece, ...]]:
    """Yield each piece as a row of its own."""
    for piece in made:
        yield (piece,)


def packed(made: Sequence[Piece], length: int) -> Iterator[tuple[Piece, ...]]:
    """Yield pieces in order, as many together as a row holds."""
    row: list[Piece] = []
    taken = 0
    for piece in made:
        if row and taken + len(piece.ids) > length:
            yield tuple(row)
            row, taken = [], 0
        row.append(piece)
        taken += len(piece.ids)
    if row:
        yield tuple(row)


def labels_in(row: Sequence[Piece]) -> Iterator[Ids]:
    """Yield the labels of a row, piece by piece.

    The first id of a further document is not learned: it would be from the last of another.
    """
    for n, piece in enumerate(row):
        if n:
            labels = piece.labels.copy()
            labels[0] = IGNORED
            yield labels
        else:
            yield piece.labels
