"""Sources to shards, in order: the only module that knows the layout of a build.

DIR/
    shards/train-00000.parquet   token sequences, a row each; dev-... where some are set apart
    dropped/00000.parquet        what was left out, and why
    datasheet.md datasheet.json  counts at each step, examples, licences, settings, versions
    throughput.json              how fast each stage was
    build.json                   what the build is made of; another one does not write here
    work/                        until the build is done
"""

import json
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from math import ceil
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

from harness.errors import ArtefactError, DataError
from harness.files import digest, source_digest, storage_errors, write_text
from harness.generation.load import model_digest
from harness.generation.rendering import Rendering
from harness.pipeline.cleaning import Cleaning, name
from harness.pipeline.datasheet import Datasheet, markdown, read_datasheet
from harness.pipeline.deciding import Decided, decide
from harness.pipeline.finishing import Finishing
from harness.pipeline.held import held_questions
from harness.pipeline.language import check_languages
from harness.pipeline.sequences import row_length
from harness.pipeline.settings import Settings, prompt_of
from harness.pipeline.sources import Source, blocks, find_sources
from harness.pipeline.speed import Speed, speeds
from harness.pipeline.tables import DROPPED, read_table, write_table
from harness.pipeline.workers import cores, spread
from harness.progress import Progress, Silent

Item = TypeVar("Item")

_MADE_OF, _SHEET, _SPEED = "build.json", "datasheet.json", "throughput.json"


@dataclass(frozen=True, slots=True)
class Built:
    """A build that is done."""

    folder: Path
    sheet: Datasheet
    speed: tuple[Speed, ...]
    fresh: bool
    """False where it was there already."""


def build(
    given: Sequence[str],
    out: Path,
    settings: Settings,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Built:
    """Make token sequences of sources; a shard that is finished is never made again.

    The same sources, settings and versions give the same bytes, however many workers there are
    and however often the build was killed.

    Args:
        given: Files, folders, question sets.
        out: Folder of the build.
        settings: Everything that changes the shards.
        workers: Processes; without, one for each core.
        progress: Is told of each pass.

    Raises:
        HarnessError: Something a user can mend: one line says what, where and how.
    """
    progress = progress or Silent()
    check_languages(settings.languages)
    sources = find_sources(given)
    held = held_questions(sources, settings)
    prompt_of(settings)
    rendering = Rendering.of(settings.tokenizer, settings.template_options)
    row_length(rendering, settings.length)
    if settings.pack:
        from harness.pipeline.packing import check_packing

        check_packing(settings.tokenizer)
    made_of = {
        "sources": [source.identity for source in sources],
        "settings": settings.model_dump(mode="json"),
        "tokenizer": model_digest(settings.tokenizer),
        "rendering": rendering.fingerprint,
        "held": digest(held.questions),
        "source": source_digest("pipeline", "data", "generation/rendering", "text/prompt"),
    }
    with storage_errors(out):
        out.mkdir(parents=True, exist_ok=True)
    resumed = _claimed(out, made_of)
    if resumed and (out / _SHEET).exists():
        return Built(out, read_datasheet(out / _SHEET), _read_speed(out), fresh=False)
    workers = workers or cores()
    numbers, cleaned = _clean(sources, out, settings, held, workers, progress)
    decided, deciding = _decide(numbers, out, settings, progress)
    finished = _finish(numbers, out, settings, held, workers, progress)
    sheet = _conclude(out, numbers, made_of, decided)
    wall = None if resumed else cleaned + deciding + finished
    speed = speeds(sheet.steps, decided, wall, workers)
    write_text(out / _SPEED, json.dumps([asdict(row) for row in speed], indent=1) + "\n")
    write_text(out / "datasheet.md", markdown(sheet))
    write_text(out / _SHEET, sheet.as_json())
    shutil.rmtree(out / "work", ignore_errors=True)
    return Built(out, sheet, speed, fresh=True)


def _claimed(out: Path, made_of: dict[str, Any]) -> bool:
    """Return whether the folder holds this very build, begun or done; else begin it.

    Raises:
        ArtefactError: It holds another.
    """
    path = out / _MADE_OF
    if path.exists():
        theirs = json.loads(path.read_text(encoding="utf-8"))
        if differing := [part for part in made_of if theirs.get(part) != made_of[part]]:
            raise ArtefactError(
                f"{out} holds another build: it differs in {', '.join(differing)}; "
                "choose another --out, or delete the folder"
            )
        return True
    if any(out.iterdir()):
        raise ArtefactError(f"{out} holds something else; choose an empty or new --out")
    write_text(path, json.dumps(made_of, indent=1) + "\n")
    return False


def _clean(
    sources: Sequence[Source], out: Path, settings: Settings, held: Any, workers: int,
    progress: Progress,
) -> tuple[list[int], float]:  # fmt: skip
    """Run the first pass; return the numbers of all blocks, and the seconds it took."""
    work = out / "work"
    numbers: list[int] = []
    expected = ceil(sum(source.bytes for source in sources) / (settings.shard_mb * 1e6))
    start = perf_counter()

    def undone() -> Iterable[Any]:
        for block in blocks(sources, settings):
            numbers.append(block.number)
            if not (work / "cleaned" / name(block.number)).exists():
                yield block

    _run(Cleaning(work, settings, held), undone(), workers, progress, "read and clean", expected)
    if not numbers:
        raise DataError(f"{', '.join(s.given for s in sources)}: the corpus is empty")
    return numbers, perf_counter() - start


def _decide(
    numbers: Sequence[int], out: Path, settings: Settings, progress: Progress
) -> tuple[Decided, float]:
    work = out / "work"
    marker, start = work / "decided.json", perf_counter()
    if marker.exists():
        return Decided(**json.loads(marker.read_text(encoding="utf-8"))), 0.0
    with storage_errors(work), progress.task("find duplicates", 1, "pass") as advance:
        decided = decide(work, numbers, settings)
        advance(1)
    write_text(marker, json.dumps(asdict(decided)))
    return decided, perf_counter() - start


def _finish(
    numbers: Sequence[int], out: Path, settings: Settings, held: Any, workers: int,
    progress: Progress,
) -> float:  # fmt: skip
    work, start = out / "work", perf_counter()
    undone = [n for n in numbers if not (work / "counts-2" / name(n, "json")).exists()]
    finishing = Finishing(work, out / "shards", settings, held)
    _run(finishing, undone, workers, progress, "write shards", len(undone))
    return perf_counter() - start


def _run(
    work: Callable[[Item], int], items: Iterable[Item], workers: int, progress: Progress,
    task: str, total: int,
) -> None:  # fmt: skip
    with progress.task(task, total, "shards") as advance:
        for n, _ in enumerate(spread(work, items, workers), start=1):
            advance(n)


def _conclude(
    out: Path, numbers: Sequence[int], made_of: dict[str, Any], decided: Decided
) -> Datasheet:
    """Write the lists of what was dropped and return the sheet.

    Raises:
        DataError: Nothing is left.
    """
    work = out / "work"
    for number in numbers:
        parts = [work / part / name(number) for part in ("dropped", "dropped-2")]
        rows = [row for part in parts for row in read_table(part).to_pylist()]
        write_table(out / "dropped" / name(number), rows, DROPPED)
    sheet = Datasheet.of(out, numbers, made_of, decided)
    if not sheet.rows:
        raise DataError(
            f"{out}: nothing is left of {sheet.records} records; {out / 'dropped'} says why"
        )
    return sheet


def _read_speed(out: Path) -> tuple[Speed, ...]:
    rows = json.loads((out / _SPEED).read_text(encoding="utf-8"))
    return tuple(Speed(**row) for row in rows)
