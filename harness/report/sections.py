"""What the report says, section by section; pages only render it."""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.report.four_cells import four_cells_table
from harness.report.headline import headline, verdicts
from harness.report.numbers import count
from harness.report.price_tables import (
    break_even_table,
    cost_table,
    latency_table,
)
from harness.report.quality_tables import (
    arms_table,
    contrasts_table,
    effects_table,
    quality_table,
    retrieval_table,
)
from harness.report.report_data import ReportData
from harness.report.series import series_table
from harness.report.table import Table
from harness.report.training_tables import training_table
from harness.report.tuning import paragraphs, trials_table


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands below it, in this order."""

    title: str
    paragraphs: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    plots: tuple[tuple[str, str], ...] = ()
    """(name of the plot, what it shows)."""
    facts: tuple[tuple[str, str], ...] = ()


READING = (
    "An arm is weights × context × prompt: which weights answer, what they get to read, how they "
    "are asked. “Given” says it in every table, since arms that were shown different things can "
    "only be compared with that in mind.",
    "test-seen asks in other words for facts that training questions asked. test-new asks about "
    "documents that no training question touches: knowledge that was not trained on. "
    "test-unanswerable asks what the documents do not say.",
    "Intervals are 95 % intervals over clusters of questions that share gold documents: by "
    "Wilson's method for shares of yes/no answers and near 0 or 1, from a bootstrap or Student's t "
    "otherwise; summary.csv and pairs.csv say which. Differences are paired: the same questions, "
    "one arm minus the other. Two intervals that overlap say little; look at the difference.",
    "The contrasts of the benchmark file on the primary metric are confirmatory, and their p is "
    "corrected for their number (Holm). Whatever else stands out in these tables is exploratory: "
    "a thing to test in another run.",
    "A failed answer counts with the worst score and is never left out. A dash is a value that "
    "does not exist or was not measured; its note says which. Unknown costs are not zero.",
    "Floors need no model: what they reach is what a metric gives away.",
)


def sections(data: ReportData) -> list[Section]:
    """Return the whole report; a part without records says that there are none."""
    return [
        _compared(data),
        _headline(data),
        _quality(data),
        *_series(data),
        _effects(data),
        _retrieval(data),
        *_four_cells(data),
        _latency(data),
        _cost(data),
        _training(data),
        *_tuning(data),
        Section("How to read it", points=READING),
        Section(
            "Warnings",
            () if data.warnings else ("None.",),
            tuple(data.warnings),
        ),
        _provenance(data.facts),
    ]


def _compared(data: ReportData) -> Section:
    sizes = []
    for split in data.splits:
        first = max((s for s in data.summaries if s.split == split), key=lambda s: s.n)
        sizes.append(
            f"{split}: {count(first.n)} questions in {count(first.clusters)} clusters, "
            f"the largest of {count(first.largest_cluster)}"
        )
    text = (
        f"{len(data.arms)} arms answered the same questions of {data.dataset}. "
        f"The primary metric is “{data.primary}”."
    )
    return Section("What was compared", (text,), tuple(sizes), _some(arms_table(data)))


def _headline(data: ReportData) -> Section:
    points = headline(data)
    return Section("Headline", () if points else ("No contrasts were asked for.",), tuple(points))


def _quality(data: ReportData) -> Section:
    found: list[Table] = []
    for split in data.splits:
        found += _some(quality_table(data, split))
        found += _some(contrasts_table(data, split))
    missing = () if found else ("No quality was measured.",)
    shows = f"“{data.primary}” of every arm on every split, with 95 % intervals"
    return Section("Quality", missing, (), tuple(found), (("quality", shows),))


def _series(data: ReportData) -> list[Section]:
    return [
        Section(
            f"Curve: {one.name}",
            tables=_some(series_table(data, one)),
            plots=((one.plot, f"“{data.primary}” over {one.x}, with 95 % intervals"),),
        )
        for one in data.series
    ]


def _tuning(data: ReportData) -> list[Section]:
    if not data.tuning:
        return []
    said = paragraphs(data.tuning, data.names)
    return [Section("Tuning", said, tables=_some(trials_table(data.tuning)))]


def _effects(data: ReportData) -> Section:
    found = _some(effects_table(data))
    points = tuple(verdicts(data))
    missing = () if found or points else ("No effects were computed.",)
    shows = f"effects of passages and of training on “{data.primary}”, with 95 % intervals"
    return Section("Effects, and best of both", missing, points, found, (("effects", shows),))


def _retrieval(data: ReportData) -> Section:
    found = tuple(t for s in data.splits for t in _some(retrieval_table(data, s)))
    return Section("Retrieval", () if found else ("No retrieval was measured.",), (), found)


def _four_cells(data: ReportData) -> list[Section]:
    found = _some(four_cells_table(data))
    return [Section("Retrieved, and right", tables=found)] if found else []


def _latency(data: ReportData) -> Section:
    found = _some(latency_table(data))
    plots = (
        ("latency_spans", "where the time of one answer goes"),
        ("quality_latency", f"“{data.primary}” against latency"),
    )
    return Section("Latency", () if found else ("No latency was measured.",), (), found, plots)


def _cost(data: ReportData) -> Section:
    found = (*_some(cost_table(data)), *_some(break_even_table(data)))
    plots = (
        ("cumulative_cost", "total cost against the number of questions"),
        ("quality_cost", f"“{data.primary}” against the cost of 1,000 questions"),
    )
    return Section("Cost", () if found else ("No costs were computed.",), (), found, plots)


def _training(data: ReportData) -> Section:
    found = _some(training_table(data))
    plots = (
        ("training_curves", "train and dev loss of each training, and the step that was kept"),
        ("quality_training", f"“{data.primary}” against what training took"),
    )
    return Section("Training", () if found else ("Nothing was trained.",), (), found, plots)


def _provenance(facts: Mapping[str, object]) -> Section:
    rows = tuple(_flat("", facts))
    text = "The whole record is in run.json." if rows else "Nothing is recorded."
    return Section("Provenance", (text,), facts=rows)


def _flat(name: str, value: object) -> list[tuple[str, str]]:
    """Return (dotted name, value) for the leaves of plain data; short lists stay on one line."""
    if isinstance(value, Mapping):
        return [
            row
            for key, inner in value.items()
            for row in _flat(f"{name}.{key}" if name else str(key), inner)
        ]
    if isinstance(value, list | tuple):
        if any(isinstance(item, Mapping | list | tuple) for item in value):
            return [row for i, item in enumerate(value) for row in _flat(f"{name}[{i}]", item)]
        return [(name, ", ".join(str(item) for item in value))]
    return [(name, "" if value is None else str(value))]


def _some(table: Table | None) -> tuple[Table, ...]:
    return () if table is None else (table,)
