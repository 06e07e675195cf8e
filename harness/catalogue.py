"""What may stand in a benchmark file, by name; and what is wrong with a question set."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import get_args

from harness import registry, worlds
from harness.built_in import Kind
from harness.config.load import load_benchmark
from harness.costs.price_list import shipped_prices
from harness.data import DataOptions, Report, check
from harness.data.names import shipped
from harness.errors import DataError, UnknownName, did_you_mean
from harness.files import new_folder
from harness.progress import Progress
from harness.runner import data_options
from harness.text.prompt import TEMPLATES

OWN_KINDS = ("dataset", "prompt", "prices")

WORLDS = ("vantora",)

SHOWN = 20
"""Leaks printed; all of them are in the JSON."""


def names(kind: str) -> Mapping[str, str]:
    """Return the names of a kind, each with where it comes from.

    Raises:
        UnknownName: There is no such kind.
    """
    kinds = (*OWN_KINDS, *get_args(Kind))
    singular = kind.removesuffix("s") if kind not in kinds else kind
    if singular not in kinds:
        raise UnknownName(f"nothing to list under {kind!r}; {did_you_mean(kind, kinds)}")
    if singular == "dataset":
        return {name: str(folder) for name, folder in sorted(shipped().items())}
    if singular == "prompt":
        return {name: repr(t.with_passages)[:80] for name, t in TEMPLATES.items()}
    if singular == "prices":
        return dict.fromkeys(shipped_prices(), "prices shipped with harness")
    return dict(sorted(registry.names(singular).items()))


def make_data(
    name: str, out: Path, progress: Progress, *, seed: int, documents: int, version: int
) -> None:
    """Write a generated question set into a folder that appears when it is whole.

    Raises:
        UnknownName: No world has that name.
        DataError: The folder holds something already.
    """
    if name not in WORLDS:
        raise UnknownName(f"no world is called {name!r}; {did_you_mean(name, WORLDS)}")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DataError(f"{out}: is there already; give a new folder, nothing is overwritten")
    with new_folder(out) as part, progress.task("write", documents, "documents") as advance:
        worlds.make(
            name, seed=seed, documents=documents, out=part, version=version, progress=advance
        )


def checked(place: str, benchmark: Path | None) -> Report:
    """Return every fault of a question set, read as a benchmark file would read it."""
    options = DataOptions()
    if benchmark is not None:
        options = data_options(load_benchmark(benchmark))
    return check(place, options)


def checked_text(report: Report) -> str:
    """Return what was found, for a person: faults first, then counts and leaks."""
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    yield from (f"error    {fault}" for fault in report.faults)
    yield from (f"warning  {fault}" for fault in report.warnings)
    yield f"{report.name}: {report.questions:,} questions, {report.documents:,} documents"
    if report.left_out:
        yield f"{report.left_out:,} rows left out: no split is named for them"
    if report.splits:
        yield f"\n{'split':<20}{'questions':>10}{'documents':>11}{'with gold':>11}"
    for s in report.splits:
        share = "" if s.gold_share is None else f"{s.gold_share:.0%}"
        yield f"{s.split:<20}{s.questions:>10,}{s.documents:>11,}{share:>11}"
    if report.leaks:
        yield f"\n{'from train to test':<24}{'test question':<32}{'training question':<32}"
    for leak in report.leaks[:SHOWN]:
        yield f"{leak.kind:<24}{leak.test:<32}{leak.train:<32}{leak.text[:60]}"
    if len(report.leaks) > SHOWN:
        yield f"... and {len(report.leaks) - SHOWN:,} more; --json lists all"
    for kind, split, count in report.leak_counts:
        yield f"{count:,} x {kind} in {split}"
    yield "no fault" if not report.faults else f"{len(report.faults):,} faults"
