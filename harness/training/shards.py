"""Token sequences that `harness data build` made, as examples to train on."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from harness.errors import DataError
from harness.generation.rendering import Rendering
from harness.training.segments import Encoded

COLUMNS = ["input_ids", "labels", "document_ids", "document_lengths"]


def shard_examples(
    build: Path, split: Literal["train", "dev"], rendering: Rendering
) -> list[Encoded]:
    """Return the rows of one split, each document of a packed row as an example of its own.

    Rows are padded in training, so a document reads no other one, whatever the architecture.

    Args:
        build: The folder that `harness data build` was given as `--out`.
        split: Of the documents of the build.
        rendering: Of the model that is to be trained.

    Raises:
        DataError: There is no finished build in the folder, its ids are another model's, or it
            has nothing to train on.
    """
    check_build(build, rendering)
    files = sorted((build / "shards").glob(f"{split}-*.parquet"))
    made = [example for file in files for example in _read(file)]
    if not made and split == "train":
        raise DataError(f"{build}: no row of it is for training; dropped/ says what went and why")
    return made


def check_build(build: Path, rendering: Rendering) -> None:
    """Check that a folder holds a finished build whose ids are those of a model.

    Raises:
        DataError: It does not.
    """
    sheet = build / "datasheet.json"
    if not sheet.is_file():
        raise DataError(
            f"{build}: no finished build of `harness data build` here; run it with --out {build}"
        )
    made_of = json.loads(sheet.read_text(encoding="utf-8"))["made_of"]
    if rendering.seq2seq:
        raise DataError(f"{build}: its rows are for causal models, and this one is none")
    if made_of.get("vocabulary") != rendering.vocabulary:
        raise DataError(
            f"{build}: its ids are those of {made_of['settings']['tokenizer']!r}, whose vocabulary "
            "is not that of this model; build again with `--tokenizer` and the path of the model"
        )


def _read(file: Path) -> Iterator[Encoded]:
    import pyarrow.parquet as pq  # type: ignore[import-untyped]

    for row in pq.read_table(file, columns=COLUMNS).to_pylist():
        start = 0
        for document, length in zip(row["document_ids"], row["document_lengths"], strict=True):
            end = start + length
            yield Encoded(
                ids=tuple(row["input_ids"][start:end]),
                labels=tuple(row["labels"][start:end]),
                documents=(document,),
            )
            start = end
