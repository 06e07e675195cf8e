from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from harness import data
from harness.artefacts import Artefacts
from harness.config.load import load_benchmark
from harness.progress import Silent
from harness.report.curves import Curve, Series
from harness.report.plots.series import series_plot
from harness.report.plots.style import as_svg
from harness.report.report_data import ReportData
from harness.report.series import series_table
from harness.stages.job import Job
from harness.stages.series import series_of
from harness.training.subset import is_pair
from tests.test_report_data import example

BENCHMARK = """
dataset: tiny
model: pocket
weights:
  few: {sees: question, rows: 5}
  all: {sees: question}
arms: {base: {}, whole: {weights: all}, part: {weights: few}}
series: {rows: {x: weights.rows, curves: {trained: [whole, part]}, beside: [base], log: true}}
"""


def made(n: int = 5) -> tuple[ReportData, Series]:
    found = example(n)
    points = tuple((10.0 * 2**i, name) for i, name in enumerate(found.names[1:]))
    return found, Series("rows", "weights.rows", (Curve("trained", points),), found.names[:1], True)


def test_weights_without_a_number_of_rows_stand_at_all_pairs(tmp_path: Path) -> None:
    path = tmp_path / "curve.yaml"
    path.write_text(BENCHMARK)
    questions = data.load("tiny")
    pairs = sum(is_pair(question) for question in questions.split("train"))
    job = Job(load_benchmark(path), questions, questions.test, Artefacts(tmp_path), Silent())
    [series] = series_of(job)
    assert series.curves == (Curve("trained", ((5.0, "part"), (float(pairs), "whole"))),)
    assert (series.beside, series.log, series.plot) == (("base",), True, "series_rows")


def test_every_point_is_drawn_at_its_number_and_its_value() -> None:
    found, series = made()
    drawn = series_plot(found, series)
    assert drawn is not None
    assert len(drawn.axes) == len(found.scored_splits)
    for axes, split in zip(drawn.axes, found.scored_splits, strict=True):
        [line] = [a for a in axes.get_lines() if a.get_label() == "trained"]
        expected = []
        for x, arm in series.curves[0].points:
            s = found.summary(arm, split, found.primary)
            if s is not None and s.value is not None:
                expected.append([x, s.value])
        assert line.get_xydata().tolist() == expected  # type: ignore[union-attr]
        assert axes.get_xscale() == "log"


def test_a_point_without_a_value_is_left_out_and_the_others_stay() -> None:
    found, series = made()
    gone = series.curves[0].points[1][1]
    found = replace(
        found, summaries=[s for s in found.summaries if (s.arm, s.metric) != (gone, found.primary)]
    )
    drawn = series_plot(found, series)
    assert drawn is not None
    [line] = [a for a in drawn.axes[0].get_lines() if a.get_label() == "trained"]
    assert 20.0 not in list(line.get_xdata())  # type: ignore[arg-type]
    table = series_table(found, series)
    assert table is not None
    assert [row.cells[2].text for row in table.rows] == [*found.names[1:], found.names[0]]
    [row] = [row for row in table.rows if row.cells[2].text == gone]
    assert row.cells[3].text == "–"


def test_nothing_measured_gives_no_plot_and_no_table() -> None:
    found, series = made()
    found = replace(found, summaries=[])
    assert series_plot(found, series) is None
    assert series_table(found, series) is None


@pytest.mark.parametrize("n", [3, 8, 12])
def test_no_text_of_the_plot_leaves_it_or_covers_another(n: int) -> None:
    drawn = series_plot(*made(n))
    assert drawn is not None
    boxes = placed(drawn)
    assert len(boxes) > 5
    for text, (x0, y0, x1, y1) in boxes:
        assert x0 >= -1, text
        assert y0 >= -1, text
        assert x1 <= drawn.bbox.x1 + 1, text
        assert y1 <= drawn.bbox.y1 + 1, text
    for i, (one, a) in enumerate(boxes):
        for two, b in boxes[i + 1 :]:
            apart = a[2] <= b[0] + 1 or b[2] <= a[0] + 1 or a[3] <= b[1] + 1 or b[3] <= a[1] + 1
            assert apart, (one, two)


def placed(drawn: Figure) -> list[tuple[str, tuple[float, float, float, float]]]:
    canvas = drawn.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    canvas.draw()  # type: ignore[no-untyped-call]
    renderer = canvas.get_renderer()  # type: ignore[no-untyped-call]
    found = []
    shown = {t for axes in drawn.axes for t in (*axes.get_xticklabels(), *axes.get_yticklabels())}
    for text in drawn.findobj(Text):
        assert isinstance(text, Text)
        box = text.get_window_extent(renderer)
        if text.get_visible() and text.get_text().strip() and box.width and text not in shown:
            found.append((text.get_text(), (box.x0, box.y0, box.x1, box.y1)))
    for axes in drawn.axes:
        for tick in axes.xaxis.get_major_ticks():
            low, high = sorted(axes.get_xlim())
            if low <= tick.get_loc() <= high:
                box = tick.label1.get_window_extent(renderer)
                found.append((tick.label1.get_text(), (box.x0, box.y0, box.x1, box.y1)))
    return found


def test_the_same_curves_give_the_same_bytes() -> None:
    first, second = series_plot(*made()), series_plot(*made())
    assert first is not None
    assert second is not None
    assert as_svg(first, "series_rows") == as_svg(second, "series_rows")
