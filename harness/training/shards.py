"""Token sequences that `harness data build` made, as examples to train on."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

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
        DataError: It has nothing to train on, or is damaged.
    """
    tables = [_table(file) for file in sorted((build / "shards").glob(f"{split}-*.parquet"))]
    there, wanted = sum(len(table) for table in tables), _sheet(build)["rows"].get(split, 0)
    if there != wanted:
        raise DataError(
            f"{build}: {there} rows of {split} where its datasheet counts {wanted}; build again"
        )
    made = [example for table in tables for row in table for example in _documents(row)]
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
    made_of = _sheet(build)["made_of"]
    if "rendering" not in made_of:
        raise DataError(f"{build}: made by an earlier version; build again")
    if rendering.seq2seq:
        raise DataError(f"{build}: its rows are for causal models, and this one is none")
    if made_of["rendering"] != rendering.fingerprint:
        raise DataError(
            f"{build}: its ids are those of {made_of['settings']['tokenizer']!r}, whose "
            "vocabulary, chat template or template_options are not those of this model; build "
            "again with `--tokenizer` and the path of the model"
        )
    put = Prompting.model_validate(made_of["settings"]["prompt"])
    if prompt(put.template, put.parts, str(build)) != asked:
        raise DataError(
            f"{build}: its pairs are put by the template {put.template!r}, and these weights are "
            "asked otherwise; give them this prompt, or set `prompt` in the --config of the build"
        )


def _sheet(build: Path) -> Any:
    path = build / "datasheet.json"
    if not path.is_file():
        raise DataError(
            f"{build}: no finished build of `harness data build` here; run it with --out {build}"
        )
    try:
        return json.loads(path.read_bytes())
    except ValueError as error:
        raise DataError(f"{path}: damaged ({error}); delete the folder and build again") from error


def _table(file: Path) -> list[dict[str, Any]]:
    """Return the rows of a shard."""
    import pyarrow as pa  # type: ignore[import-untyped]
    import pyarrow.parquet as pq  # type: ignore[import-untyped]

    try:
        found: list[dict[str, Any]] = pq.read_table(file, columns=list(COLUMNS)).to_pylist()
    except pa.ArrowException as error:
        raise DataError(f"{file}: damaged ({error}); delete the folder and build again") from error
    return found


def _documents(row: dict[str, Any]) -> Iterator[Encoded]:
    """Yield the documents of a row."""
    start = 0
    for document, length in zip(row["document_ids"], row["document_lengths"], strict=True):
        end = start + length
        yield Encoded(
            ids=tuple(row["input_ids"][start:end]),
            labels=tuple(row["labels"][start:end]),
            documents=(document,),
        )
        start = end
