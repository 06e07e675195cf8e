import csv
import io
import json
import re
from dataclasses import fields, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from pydantic import TypeAdapter
from rich.console import Console

from harness.files import encode
from harness.report import price_tables, quality_tables
from harness.report.columns import COLUMNS, csv_text, write_csv_files
from harness.report.headline import headline, verdicts
from harness.report.latency import latency_rows
from harness.report.numbers import number, significant
from harness.report.page import html_page, markdown_page
from harness.report.report_data import ReportData
from harness.report.table import markdown
from harness.report.terminal import print_report
from harness.report.training_tables import training_table
from harness.report.write import write_report
from harness.results import (
    BreakEven,
    CostItem,
    Effect,
    FourCells,
    LossPoint,
    Pair,
    Score,
    Span,
    Summary,
    TrainingRun,
)
from tests.test_report_data import example

DOCS = Path(__file__).parent.parent / "docs" / "results.md"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("report")
    write_report(example(12), found)
    return found


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))


def test_a_report_is_all_its_files(folder: Path) -> None:
    names = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    plots = (
        "quality",
        "effects",
        "quality_latency",
        "quality_cost",
        "latency_spans",
        "cumulative_cost",
        "training_curves",
        "quality_training",
    )
    expected = {f"plots/{name}.{kind}" for name in plots for kind in ("svg", "png")}
    assert names == expected | set(COLUMNS) | {"report.md", "report.html"}


def test_the_same_records_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    write_csv_files(example(12), tmp_path)
    for path in tmp_path.iterdir():
        assert (folder / path.name).read_bytes() == path.read_bytes(), path
    plots = {p.stem: p.read_bytes() for p in (folder / "plots").glob("*.svg")}
    assert html_page(example(12), plots) == (folder / "report.html").read_text("utf-8")
    assert markdown_page(example(12), plots) == (folder / "report.md").read_text("utf-8")


def test_no_text_says_nan_or_none(folder: Path) -> None:
    for path in [*folder.glob("*.csv"), folder / "report.md"]:
        assert not re.search(r"\b(nan|NaN|None|inf)\b", path.read_text("utf-8")), path
    seen = Text(folder / "report.html").said
    assert not re.search(r"\b(nan|NaN|None|inf)\b", seen)


def test_the_columns_are_those_of_the_records() -> None:
    kinds = {
        "summary.csv": Summary,
        "pairs.csv": Pair,
        "effects.csv": Effect,
        "training.csv": TrainingRun,
        "training_curve.csv": LossPoint,
        "cost.csv": CostItem,
        "break_even.csv": BreakEven,
        "cells.csv": FourCells,
    }
    for name, kind in kinds.items():
        assert COLUMNS[name] == tuple(f.name for f in fields(kind)), name
    assert (*COLUMNS["scores.csv"], "stats") == tuple(f.name for f in fields(Score))
    assert ",".join(COLUMNS["summary.csv"]).startswith("arm,split,metric,value,low,high,n,failures")


def test_the_documentation_lists_every_file_and_column() -> None:
    documented: dict[str, tuple[str, ...]] = {}
    for section in re.split(r"^### ", DOCS.read_text("utf-8"), flags=re.M)[1:]:
        found = re.match(r"`(\w+\.csv)`", section)
        if found:
            documented[found[1]] = tuple(re.findall(r"^\| `(\w+)` \|", section, flags=re.M))
    assert documented == COLUMNS


def test_csv_files_hold_full_precision_and_empty_cells(folder: Path) -> None:
    data = example(12)
    summary = rows(folder / "summary.csv")
    assert len(summary) == len(data.summaries)
    for row, s in zip(summary, data.summaries, strict=True):
        assert row["value"] == ("" if s.value is None else repr(s.value))
        assert row["higher_is_better"] == "true"
    assert rows(folder / "training.csv")[1]["dev_loss"] == ""
    assert csv_text(["a"], [[1e-9]]) == "a\n1e-09\n"


def test_scores_carry_the_slices_that_were_asked_for(folder: Path) -> None:
    first, second, third = rows(folder / "scores.csv")
    assert (first["kind"], second["kind"], third["kind"]) == (
        "product, new",
        "policy",
        "product, new",
    )
    assert (second["status"], second["value"]) == ("failed", "0.0")
    assert (third["status"], third["value"]) == ("not applicable", "")


def test_latency_rows_are_percentiles_with_the_unnamed_rest() -> None:
    spans = [Span("rag", f"q{i}", i, "total", float(i)) for i in range(1, 101)]
    spans += [Span("rag", f"q{i}", i, "decode", i / 2) for i in range(1, 101)]
    total, decode, other = latency_rows(spans, ["base", "rag"])
    assert (total.span, total.n, total.mean_ms) == ("total", 100, 50.5)
    assert total.p50_ms == 50.5
    assert total.p95_ms == pytest.approx(95.05)
    assert (decode.p50_ms, other.span, other.p50_ms) == (25.25, "other", 25.25)


@pytest.mark.parametrize(
    ("value", "unit", "n", "text"),
    [
        (0.5, "share", 99, "0.50"),
        (0.5, "share", 100, "0.500"),
        (-0.0001, "share", 500, "0.000"),
        (71.26, "points", 500, "71.3"),
        (1234.5, "ms", 500, "1,234"),
        (12.345, "ms", 500, "12.3"),
        (float("inf"), "ms", 1, "–"),
    ],
)
def test_numbers_are_rounded_to_what_they_can_tell(
    value: float, unit: str, n: int, text: str
) -> None:
    assert number(value, unit, n) == text


def test_significant_digits_need_no_powers_of_ten() -> None:
    assert [significant(x) for x in (1.2e-7, 0.09996, 9.996, 123456.0, -2.5)] == [
        "0.000000120", "0.100", "10.0", "123,456", "−2.50",
    ]  # fmt: skip


def test_a_table_has_all_arms_then_the_floors_and_says_what_each_was_given() -> None:
    data = example(12)
    for split in ("test-seen", "test-new"):
        found = quality_tables.quality_table(data, split)
        assert found is not None
        assert [r.is_floor for r in found.rows] == [False] * 12 + [True] * 2
        described = [*data.arms, *data.floors]
        assert [r.cells[1].text for r in found.rows] == [a.given for a in described]
    for found in (price_tables.latency_table(data), price_tables.cost_table(data)):
        assert found is not None
        assert [r.cells[1].text for r in found.rows] == [a.given for a in data.arms]


def test_every_empty_cell_has_a_reason() -> None:
    data = example(12)
    found = [quality_tables.quality_table(data, s) for s in data.splits]
    found += [quality_tables.contrasts_table(data, s) for s in data.splits]
    found += [
        price_tables.latency_table(data),
        price_tables.cost_table(data),
        training_table(data),
    ]
    for table in found:
        assert table is not None
        for row in table.rows:
            for column, cell in zip(table.columns, row.cells, strict=True):
                empty = cell.text in ("", "–", "unknown") and "(contains)" not in column.name
                assert not empty or cell.note, (table.title, column.name)


def test_a_confounded_arm_is_marked_in_every_table_of_arms() -> None:
    data = example(12)
    found = [quality_tables.quality_table(data, "test-new"), price_tables.latency_table(data)]
    for table in [*found, price_tables.cost_table(data), quality_tables.arms_table(data)]:
        assert table is not None
        [marked] = [r.cells[0] for r in table.rows if r.cells[0].text.startswith("langchain")]
        assert marked.text.endswith("†")
        assert "another model" in marked.note


def test_unmeasured_costs_are_unknown_not_zero() -> None:
    table = price_tables.cost_table(example(12))
    assert table is not None
    [row] = [r for r in table.rows if r.cells[0].text.startswith("langchain")]
    assert [c.text for c in row.cells[2:]] == ["0", "unknown", "unknown"]


def test_an_interval_that_leaves_out_zero_is_what_a_headline_calls_a_win() -> None:
    data = example()
    won = Pair("rag", "fine-tuned", "test-new", "contains", 0.3, 0.2, 0.4, 0.0001, 160, 61, 1)
    open_ = replace(won, a="hybrid", b="rag", difference=0.01, low=-0.05, high=0.06, p=0.7)
    lost = replace(won, a="hybrid", b="fine-tuned", difference=-0.3, low=-0.4, high=-0.2)
    said = headline(replace(data, pairs=[won, open_, lost]))
    on_new = [s.replace("\u00a0", " ") for s in said if s.startswith("On test-new")]
    assert on_new[0].startswith("On test-new, rag beats fine-tuned in “contains” (")
    assert "difference +0.300, 95 % interval +0.200 to +0.400, p < 0.001, n = 160" in on_new[0]
    assert on_new[1].startswith("On test-new, no difference between hybrid and rag is shown")
    assert on_new[2].startswith("On test-new, hybrid is beaten by fine-tuned")


def test_a_headline_corrects_p_and_says_what_it_could_have_found() -> None:
    data = example()
    pair = Pair(
        "hybrid", "rag", "test-new", "contains", 0.01, -0.05, 0.06, 0.2, 160, 61, 1,
        role="primary contrast", p_holm=0.6, detectable=0.082,
    )  # fmt: skip
    [said] = [
        s.replace("\u00a0", " ")
        for s in headline(replace(data, pairs=[pair]))
        if "hybrid and rag is shown" in s
    ]
    assert "p = 0.600 (Holm), n = 160" in said
    assert said.endswith("; one of 0.082 would have been, four times in five.")
    ahead = replace(pair, difference=0.05, low=0.01, high=0.09, p=0.03, p_holm=0.09)
    said = " ".join(headline(replace(data, pairs=[ahead])))
    assert "hybrid is ahead of rag in “contains”, but not by more than several" in said
    unsure = replace(ahead, p=0.06, p_holm=0.06)
    said = " ".join(headline(replace(data, pairs=[unsure])))
    assert "hybrid is ahead of rag in “contains”, but the test does not confirm it" in said


def test_bounds_and_spread_stand_in_the_tables() -> None:
    data = example()
    open_ = [
        replace(s, lowest=0.5, highest=0.75, unmeasured=9, seeds=3, seed_sd=0.021)
        if (s.arm, s.metric, s.split) == ("hybrid", "contains", "test-new")
        else s
        for s in data.summaries
    ]
    page = markdown_page(replace(data, summaries=open_), {})
    assert "with the unmeasured at worst and at best: between 0.500 and 0.750" in page
    assert "sd 0.021" in page
    assert "Weights were trained once: what another training would change" in page
    pairs = [replace(p, lowest=-0.1, highest=0.2) for p in data.pairs]
    page = markdown_page(replace(data, pairs=pairs), {})
    assert "between −0.100 and +0.200" in page


def test_contrasts_say_what_is_confirmed_and_what_explored() -> None:
    data = example()
    pairs = [replace(p, p_holm=0.03, effect_size=0.41, detectable=0.08) for p in data.pairs]
    table = quality_tables.contrasts_table(replace(data, pairs=pairs), "test-new")
    assert table is not None
    names = [c.name for c in table.columns]
    row = dict(zip(names, (c.text for c in table.rows[0].cells), strict=True))
    assert row["p, Holm (contains)"] == "0.030"
    assert row["effect size (contains)"] == "0.41"
    assert row["detectable (contains)"] == "0.080"
    assert "exploratory" in table.caption


def test_a_metric_that_is_better_when_lower_turns_the_verb_round() -> None:
    data = example()
    flipped = [replace(s, higher_is_better=False) for s in data.summaries]
    pair = Pair("rag", "fine-tuned", "test-new", "contains", 0.3, 0.2, 0.4, 0.01, 160, 61, 1)
    said = headline(replace(data, pairs=[pair], summaries=flipped))
    assert any(s.startswith("On test-new, rag is beaten by fine-tuned") for s in said)


@pytest.mark.parametrize(
    ("note", "says"),
    [
        (
            "yes; hybrid - rag: +0.1",
            "On test-new, hybrid is the best of both (hybrid - rag: +0.1).",
        ),
        ("no; why", "On test-new, hybrid is not shown to be the best of both (why)."),
        (
            "undecided; why",
            "On test-new, whether hybrid is the best of both is open: undecided; why.",
        ),
        (
            "no question in common",
            "whether hybrid is the best of both is open: no question in common",
        ),
    ],
)
def test_the_verdict_says_what_the_effect_says(note: str, says: str) -> None:
    row = Effect("best of both: hybrid", "test-new", "contains", 0.1, 0.05, 0.2, 160, 61, note)
    other = replace(row, metric="bleu")
    [said] = verdicts(replace(example(), effects=[row, other]))
    assert says in said


class Text(HTMLParser):
    """The text and the addresses of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.said, self.addresses, self.ids = "", list[str](), list[str]()
        self._silent = False
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent = tag in ("style", "script", "metadata")
        for name, value in attrs:
            if name in ("href", "src", "xlink:href") and value:
                self.addresses.append(value)
            if name == "id" and value:
                self.ids.append(value)

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.said += data


def test_the_html_page_needs_no_other_file(folder: Path) -> None:
    page = Text(folder / "report.html")
    text = (folder / "report.html").read_text("utf-8")
    assert all(address.startswith("#") for address in page.addresses)
    assert set(re.findall(r"url\((.)", text)) <= {"#"}
    assert "@import" not in text
    assert text.count("<svg") == 8


def test_every_reference_in_the_page_has_one_target(folder: Path) -> None:
    page = Text(folder / "report.html")
    assert len(page.ids) == len(set(page.ids))
    assert {a[1:] for a in page.addresses} <= set(page.ids)


def test_a_plot_in_the_page_is_the_plot_in_the_file(folder: Path) -> None:
    text = (folder / "report.html").read_text("utf-8")
    for path in (folder / "plots").glob("*.svg"):
        drawing = path.read_text("utf-8")
        drawing = drawing[drawing.index("<svg") :].rstrip("\n")
        inside = text.replace(f"{path.stem}-", "").replace('<svg role="img" ', "<svg ")
        assert drawing in inside, path.name


def test_names_cannot_inject_markup(folder: Path) -> None:
    text = (folder / "report.html").read_text("utf-8")
    assert "rag <b>k=16</b>" not in text
    assert "rag &lt;b&gt;k=16&lt;/b&gt;" in text
    page = (folder / "report.md").read_text("utf-8")
    assert "rag \\<b>k=16\\</b>" in page
    assert "own prompt \\| own decoding" in page


def test_every_section_is_there_in_both_pages(folder: Path) -> None:
    titles = (
        "What was compared", "Headline", "Quality", "Effects, and best of both", "Retrieval",
        "Latency", "Cost", "Training", "How to read it", "Warnings", "Provenance",
    )  # fmt: skip
    html, md = (
        (folder / "report.html").read_text("utf-8"),
        (folder / "report.md").read_text("utf-8"),
    )
    assert [t for t in titles if f"<h2>{t}</h2>" not in html] == []
    assert re.findall(r"^## (.*)$", md, flags=re.M) == list(titles)
    for said in ("3f2a91c0b7de", "torch", "test-unanswerable has 24 clusters"):
        assert said in html
        assert said in md


def test_a_run_with_nothing_measured_still_has_a_report(tmp_path: Path) -> None:
    stale = tmp_path / "plots" / "quality.svg"
    stale.parent.mkdir()
    stale.write_text("old")
    empty = ReportData("b", "d", (), "contains", ())
    write_report(empty, tmp_path)
    assert not stale.exists()
    assert "No latency was measured." in (tmp_path / "report.md").read_text("utf-8")
    assert (tmp_path / "summary.csv").read_text("utf-8") == ",".join(COLUMNS["summary.csv"]) + "\n"
    assert "No costs were computed." in html_page(empty, {})
    assert "Nothing was trained." in markdown_page(empty, {})


def test_markdown_rows_have_as_many_cells_as_columns() -> None:
    for split in example(12).splits:
        table = quality_tables.quality_table(example(12), split)
        assert table is not None
        lines = [x for x in markdown(table).splitlines() if x.startswith("|")]
        assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines} == {len(table.columns) + 1}


def test_the_terminal_shows_every_arm_the_headline_and_where_the_report_is() -> None:
    console = Console(width=200, record=True, file=io.StringIO())
    data = example()
    print_report(data, Path("results") / "pocket", console)
    said = console.export_text()
    for arm in data.arms:
        assert arm.name in said
    assert "best of both" in said
    assert "warning: test-unanswerable has 24 clusters" in said
    assert str(Path("results") / "pocket" / "report.html") in said


def test_a_report_made_again_without_scores_keeps_them(tmp_path: Path) -> None:
    write_csv_files(example(1), tmp_path)
    before = (tmp_path / "scores.csv").read_bytes()
    write_csv_files(replace(example(1), scores=()), tmp_path)
    assert (tmp_path / "scores.csv").read_bytes() == before


def test_records_survive_being_written_and_read() -> None:
    data = replace(example(12), training=())
    read = TypeAdapter(ReportData).validate_json(json.dumps(encode(data)))
    assert html_page(read, {}) == html_page(data, {})
