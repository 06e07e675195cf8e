"""The sheet of a build: what went in, what was left out and why, what came out.

After Gebru et al. 2021, "Datasheets for Datasets": composition, preprocessing, and the terms of
the sources. It holds no time, so the same build gives the same sheet.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from harness.files import encode
from harness.pipeline.cleaning import name
from harness.pipeline.deciding import Decided
from harness.pipeline.tables import read_table
from harness.pipeline.tally import EXAMPLES, Step
from harness.provenance import packages

OWN_PACKAGES = ("pyarrow", "rensa", "py3langid", "tokenizers")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why some records were dropped, with the first of them."""

    count: int
    examples: tuple[Mapping[str, str], ...]
    """place, document_id, detail and the start of the text of each."""


@dataclass(frozen=True, slots=True)
class Datasheet:
    """All counts of a build."""

    records: int
    """Documents and pairs that were read, unreadable rows included."""
    rows: Mapping[str, int]
    """Token sequences of each split."""
    tokens: int
    steps: Mapping[str, Step]
    dropped: Mapping[str, Reason]
    personal: Mapping[str, int]
    """Records in the output that hold each kind of personal data."""
    boilerplate: int
    """Different lines that were removed as boilerplate."""
    made_of: Mapping[str, Any]
    packages: Mapping[str, str]

    @staticmethod
    def of(
        out: Path, numbers: Sequence[int], made_of: Mapping[str, Any], decided: Decided
    ) -> "Datasheet":
        """Return the sheet of a build whose shards are all there."""
        steps: dict[str, Step] = {}
        personal: Counter[str] = Counter()
        for counts in _counts(out / "work", numbers):
            personal.update(counts["personal"])
            for stage, found in counts["steps"].items():
                step = steps.setdefault(stage, Step())
                for key, value in found.items():
                    setattr(step, key, getattr(step, key) + value)
        rows: Counter[str] = Counter()
        for path in sorted((out / "shards").glob("*.parquet")):
            rows[path.name.partition("-")[0]] += read_table(path, ["personal"]).num_rows
        return Datasheet(
            steps["read"].documents,
            dict(rows),
            steps["tokens"].tokens,
            steps,
            _reasons(out, numbers),
            dict(sorted(personal.items())),
            decided.boilerplate,
            made_of,
            {**packages(), **_versions()},
        )

    def as_json(self) -> str:
        """Return the sheet as a machine reads it."""
        timeless = {stage: replace(step, seconds=0.0) for stage, step in self.steps.items()}
        return (
            json.dumps(encode(replace(self, steps=timeless)), indent=1, ensure_ascii=False) + "\n"
        )


def read_datasheet(path: Path) -> Datasheet:
    """Return a sheet that was written."""
    return TypeAdapter(Datasheet).validate_json(path.read_bytes())


def _counts(work: Path, numbers: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Yield the counts of all shards, those of the first pass first."""
    for part in ("counts", "counts-2"):
        for number in numbers:
            yield json.loads((work / part / name(number, "json")).read_text(encoding="utf-8"))


def _reasons(out: Path, numbers: Sequence[int]) -> dict[str, Reason]:
    counts: Counter[str] = Counter()
    examples: dict[str, list[Mapping[str, str]]] = {}
    for number in numbers:
        for row in read_table(out / "dropped" / name(number)).to_pylist():
            reason = row.pop("reason")
            counts[reason] += 1
            if len(shown := examples.setdefault(reason, [])) < EXAMPLES:
                shown.append(row)
    return {reason: Reason(counts[reason], tuple(examples[reason])) for reason in sorted(counts)}


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    return {package: version(package) for package in OWN_PACKAGES}


def markdown(sheet: Datasheet) -> str:
    """Return the sheet as a person reads it."""
    kept = sum(sheet.rows.values())
    lines = [
        "# Datasheet",
        "",
        f"{sheet.records:,} records in, {kept:,} rows of {sheet.tokens:,} tokens out"
        f" ({', '.join(f'{split} {rows:,}' for split, rows in sheet.rows.items())}).",
        "",
        "## Sources",
        "",
        *_table(("source", "file", "SHA-256 or digest", "licence and origin"), _sources(sheet)),
        "",
        "## Stages",
        "",
        *_table(
            ("stage", "records in", "dropped", "bytes in"),
            [(s, f"{x.documents:,}", f"{x.dropped:,}", f"{x.bytes:,}")
             for s, x in sheet.steps.items()],
        ),
        "",
        f"{sheet.boilerplate:,} different lines were removed as boilerplate.",
        "",
        "## What was dropped, and why",
        "",
        "The first few of each; all of them are in `dropped/`.",
        "",
    ]  # fmt: skip
    for reason, found in sheet.dropped.items():
        lines += [f"### {reason}: {found.count:,}", ""]
        lines += [
            f"- {row['place']} `{row['document_id']}` {row['detail']}: {row['text']}"
            for row in found.examples
        ]
        lines.append("")
    lines += [
        "## Personal data",
        "",
        "Records in the output that hold what looks like it; names and addresses have no form",
        "that a pattern could know.",
        "",
        *_table(("kind", "records"), [(k, f"{n:,}") for k, n in sheet.personal.items()]),
        "",
        "## Settings and versions",
        "",
        "```json",
        json.dumps(encode(sheet.made_of["settings"]), indent=1),
        "```",
        "",
        ", ".join(f"{package} {version}" for package, version in sheet.packages.items()),
    ]
    return "\n".join(lines) + "\n"


def _sources(sheet: Datasheet) -> list[tuple[str, ...]]:
    licences = sheet.made_of["settings"]["licences"]
    return [
        (
            source["source"],
            source.get("file", "question set"),
            source.get("sha256", source.get("digest", "")),
            licences.get(source["source"], "not given"),
        )
        for source in sheet.made_of["sources"]
    ]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(cells)} |" for cells in lines]
