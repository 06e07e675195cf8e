"""Token sequences that `harness data build` made, as examples to train on."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from harness.config.prompting import Prompting
from harness.errors import DataError
from harness.generation.rendering import Rendering
from harness.text.prompt import Prompt, prompt
from harness.training.segments import Encoded

Split = Literal["train", "dev"]

COLUMNS = ("input_ids", "labels", "document_ids", "document_lengths")


def shard_examples(build: Path, split: Split) -> list[Encoded]:
    """Return the rows of one split, each document of a packed row as an example of its own.

    Rows are padded in training, so a document reads no other one, whatever the architecture.

    Args:
        build: The folder that `harness data build` was given as `--out`.
        split: Of the documents of the build.

    Raises:
        DataError: It has nothing to train on.
    """
    files = sorted((build / "shards").glob(f"{split}-*.parquet"))
    made = [example for file in files for example in _read(file)]
    if not made and split == "train":
        raise DataError(f"{build}: no row of it is for training; dropped/ says what went and why")
    return made


def check_build(build: Path, rendering: Rendering, asked: Prompt) -> None:
    """Check that a folder holds a finished build that suits a model and how it is asked.

    Args:
        build: The folder.
        rendering: Of the model that is to be trained.
        asked: The prompt of its weights.

    Raises:
        DataError: It does not.
    """
    sheet = build / "datasheet.json"
    if not sheet.is_file():
        raise DataError(
            f"{build}: no finished build of `harness data build` here; run it with --out {build}"
        )
    made_of = json.loads(sheet.read_text(encoding="utf-8")).get("made_of", {})
    if "rendering" not in made_of:
        raise DataError(f"{build}: made by an earlier version; build again")
    if rendering.seq2seq:
        raise DataError(f"{build}: its rows are for causal models, and this one is none")
    if made_of["rendering"] != rendering.fingerprint:
        raise DataError(
            f"{build}: its ids are those of {made_of['settings']['tokenizer']!r}, whose vocabulary "
            "or chat template is not that of this model; build again with `--tokenizer` and the "
            "path of the model"
        )
    put = Prompting.model_validate(made_of["settings"]["prompt"])
    if prompt(put.template, put.parts, str(build)) != asked:
        raise DataError(
            f"{build}: its pairs are put by the template {put.template!r}, and these weights are "
            "asked otherwise; give them this prompt, or set `prompt` in the --config of the build"
        )


def _read(file: Path) -> Iterator[Encoded]:
    import pyarrow.parquet as pq  # type: ignore[import-untyped]

    for row in pq.read_table(file, columns=list(COLUMNS)).to_pylist():
        start = 0
        for document, length in zip(row["document_ids"], row["document_lengths"], strict=True):
            end = start + length
            yield Encoded(
                ids=tuple(row["input_ids"][start:end]),
                labels=tuple(row["labels"][start:end]),
                documents=(document,),
            )
            start = end
