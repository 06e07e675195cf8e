"""Pairs that people have labelled: does the premise support the whole hypothesis?"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.data.csv_file import read_csv
from harness.data.faults import Place, Strict
from harness.data.lines import read_jsonl
from harness.data.options import DataOptions
from harness.data.rows import Raw
from harness.errors import DataError, UnknownName, did_you_mean

_LABELS = {"0": False, "1": True, "false": False, "true": True}


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """One row: two texts and what people say of them."""

    premise: str
    hypothesis: str
    label: bool
    """True where the premise supports all that the hypothesis says."""
    dataset: str
    split: str = ""


def read_pairs(path: Path) -> tuple[LabelledPair, ...]:
    """Read rows {premise, hypothesis, label, dataset?, split?} from .jsonl or .csv, gzipped or not.

    A row without a data set belongs to one that is called like the file.

    Raises:
        DataError: The file is absent, empty, of another kind, or a row of it is wrong.
    """
    name = path.name.removesuffix(".gz")
    rows: Iterator[Raw]
    if name.endswith(".csv"):
        rows = read_csv(path, DataOptions(), Strict())
    elif name.endswith((".jsonl", ".ndjson")):
        rows = read_jsonl(path, Strict())
    else:
        raise DataError(f"{path}: labelled pairs stand in a .jsonl or a .csv file, gzipped or not")
    pairs = tuple(_pair(row, name.rpartition(".")[0]) for row in rows)
    if not pairs:
        raise DataError(f"{path}: no rows; each has a premise, a hypothesis and a label")
    return pairs


def select(
    pairs: Sequence[LabelledPair],
    file: Path,
    *,
    split: str = "",
    datasets: Sequence[str] = (),
    limit: int | None = None,
) -> tuple[LabelledPair, ...]:
    """Return the rows of a split and of some data sets, at most `limit` of each.

    The limit draws at random, the same rows each time; the order stays that of the file.

    Raises:
        UnknownName: No row is of that data set.
        DataError: No row is left.
    """
    known = dict.fromkeys(pair.dataset for pair in pairs)
    for name in datasets:
        if name not in known:
            raise UnknownName(
                f"{file}: no data set is called {name!r}; {did_you_mean(name, known)}"
            )
    wanted = set(datasets or known)
    here = [pair for pair in pairs if pair.dataset in wanted]
    found = [pair for pair in here if split in ("", pair.split)]
    if not found:
        splits = sorted({pair.split for pair in here if pair.split})
        there = f"there are: {', '.join(splits)}"
        none = "its rows have no split: add a column 'split', or leave --split out"
        raise DataError(f"{file}: no row is of split {split!r}; {there if splits else none}")
    if limit is None:
        return tuple(found)
    places: dict[str, list[int]] = {}
    for i, pair in enumerate(found):
        places.setdefault(pair.dataset, []).append(i)
    kept = {
        i
        for name, at in places.items()
        for i in random.Random(name).sample(at, min(limit, len(at)))
    }
    return tuple(pair for i, pair in enumerate(found) if i in kept)


def _pair(row: Raw, file: str) -> LabelledPair:
    fields = row.fields
    for name in ("premise", "hypothesis", "label"):
        if name not in fields:
            _refuse(row.place, f"no {name!r}", f"the columns here are: {', '.join(fields)}")
    for name in ("premise", "hypothesis", "dataset", "split"):
        if not isinstance(fields.get(name, ""), str):
            _refuse(row.place, f"{name!r} is no text", "put a text there")
    label = _LABELS.get(str(fields["label"]).strip().lower().removesuffix(".0"))
    if label is None:
        problem = f"label {fields['label']!r} is neither 0 nor 1"
        _refuse(row.place, problem, "write 1 where the premise supports all of it, else 0")
    return LabelledPair(
        str(fields["premise"]),
        str(fields["hypothesis"]),
        bool(label),
        str(fields.get("dataset", "")) or file,
        str(fields.get("split", "")),
    )


def _refuse(place: Place, problem: str, remedy: str) -> None:
    Strict().error(place, problem, remedy)
