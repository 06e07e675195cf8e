"""Data sets of the Hugging Face hub, by name, or saved to disk by the library `datasets`."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.data.contexts import documents_from
from harness.data.faults import Findings, Place
from harness.data.options import DataOptions
from harness.data.rows import Raw, Source
from harness.errors import DataError

SAVED = ("dataset_dict.json", "state.json")


def is_saved(path: Path) -> bool:
    """Return whether the library `datasets` saved this folder."""
    return any((path / name).is_file() for name in SAVED)


def read_saved(path: Path, options: DataOptions, findings: Findings) -> Source:
    """Read a folder that `save_to_disk` left.

    Raises:
        DataError: The folder is damaged.
    """
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from datasets import load_from_disk

    try:
        return _source(load_from_disk(str(path)), str(path), options, findings)
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: {_reason(error)}; save the data set again") from error


def read_hub(name: str, options: DataOptions, findings: Findings) -> Source:
    """Read `hf:NAME` or `hf:NAME:CONFIG`; what stands after `hf:` may be a saved folder.

    Raises:
        DataError: There is no such data set, or the hub cannot be reached.
    """
    place, _, config = name.removeprefix("hf:").partition(":")
    if is_saved(Path(place)):
        return read_saved(Path(place), options, findings)
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from datasets import load_dataset

    try:
        return _source(load_dataset(place, config or None), name, options, findings)
    except (OSError, ValueError, RuntimeError) as error:
        raise DataError(
            f"{name}: {_reason(error)}; check the name (hf:NAME:CONFIG) and the connection, or "
            "give a folder that save_to_disk of the library `datasets` left"
        ) from error


def _source(loaded: Any, name: str, options: DataOptions, findings: Findings) -> Source:
    """Return the rows: the split `corpus` is the corpus, else the column `context` is."""
    parts = loaded if isinstance(loaded, Mapping) else {"": loaded}
    questions = [
        Raw(raw.place, {options.column("split"): split, **raw.fields} if split else raw.fields)
        for split, rows in parts.items()
        if split != "corpus"
        for raw in _rows(rows, f"{name}/{split}" if split else name)
    ]
    if "corpus" not in parts:
        return documents_from(questions, name, options, findings)
    file = f"{name}/corpus"
    return Source(file, name, list(_rows(parts["corpus"], file)), questions)


def _rows(rows: Iterable[Mapping[str, object]], file: str) -> Iterator[Raw]:
    for number, row in enumerate(rows, start=1):
        yield Raw(Place(file, number), {k: v for k, v in row.items() if v is not None})


def _reason(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__).rstrip(".")
