from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from harness.report.plots.cumulative_cost import cumulative_cost_plot
from harness.report.plots.effects import effects_plot
from harness.report.plots.latency_spans import latency_spans_plot
from harness.report.plots.quality import quality_plot
from harness.report.plots.style import MARKERS, as_svg, look
from harness.report.plots.trade_off import cost_trade_off_plot, latency_trade_off_plot
from harness.report.report_data import ReportData
from tests.test_report_data import example

Plot = Callable[[ReportData], Figure | None]
PLOTS: list[Plot] = [
    quality_plot,
    effects_plot,
    latency_trade_off_plot,
    cost_trade_off_plot,
    latency_spans_plot,
    cumulative_cost_plot,
]


def texts(figure: Figure) -> list[tuple[str, Bbox]]:
    """Every text that can be seen, with its place in pixels."""
    canvas = figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    canvas.draw()  # type: ignore[no-untyped-call]
    renderer = canvas.get_renderer()  # type: ignore[no-untyped-call]
    drawn = []
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        if text.get_visible() and text.get_text().strip():
            drawn.append((text.get_text(), text.get_window_extent(renderer)))
    return drawn


@pytest.mark.parametrize("n", [1, 6, 12])
@pytest.mark.parametrize("plot", PLOTS)
def test_no_text_overlaps_another_or_leaves_the_picture(plot: Plot, n: int) -> None:
    figure = plot(example(n))
    assert figure is not None
    drawn = [(t, b) for t, b in texts(figure) if b.width > 0]
    ticks = ticks_out_of_sight(figure)
    drawn = [(t, b) for t, b in drawn if (t, round(b.x0), round(b.y0)) not in ticks]
    assert len(drawn) > 3
    whole = figure.bbox
    for text, box in drawn:
        assert box.x0 >= whole.x0 - 1, text
        assert box.x1 <= whole.x1 + 1, text
        assert box.y0 >= whole.y0 - 1, text
        assert box.y1 <= whole.y1 + 1, text
    for (one, a), (two, b) in combinations(drawn, 2):
        width = min(a.x1, b.x1) - max(a.x0, b.x0)
        height = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert width <= 0.5 or height <= 0.5, f"{one!r} over {two!r}"


def ticks_out_of_sight(figure: Figure) -> set[tuple[str, int, int]]:
    """Labels of ticks outside the axis limits, which matplotlib keeps but does not draw."""
    hidden = set()
    for axes in figure.axes:
        for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            low, high = sorted((low, high))
            for tick in axis.get_major_ticks():
                slack = 1e-9 * (high - low)
                if not low - slack <= tick.get_loc() <= high + slack:
                    box = tick.label1.get_window_extent()
                    hidden.add((tick.label1.get_text(), round(box.x0), round(box.y0)))
    return hidden


@pytest.mark.parametrize("plot", PLOTS)
def test_axes_are_labelled(plot: Plot) -> None:
    figure = plot(example(6))
    assert figure is not None
    labels = " ".join(text for text, _ in texts(figure))
    assert any(unit in labels for unit in ("(share)", "(ms", "(USD"))


@pytest.mark.parametrize("plot", PLOTS)
def test_the_same_records_give_the_same_picture(plot: Plot) -> None:
    first, second = plot(example(6)), plot(example(6))
    assert first is not None
    assert second is not None
    assert as_svg(first, "x") == as_svg(second, "x")
    assert b"<dc:date>" not in as_svg(first, "x")


@pytest.mark.parametrize("plot", PLOTS)
def test_nothing_measured_is_no_plot(plot: Plot) -> None:
    assert plot(ReportData("b", "d", example(6).arms, "contains", ())) is None


def test_twelve_arms_can_be_told_apart_without_colour() -> None:
    assert len({look(i).marker for i in range(12)}) == 12
    assert len(set(MARKERS)) == len(MARKERS)


def test_an_arm_without_a_value_says_so() -> None:
    quality, latency = quality_plot(example(12)), latency_spans_plot(example(12))
    assert quality is not None
    assert latency is not None
    assert [t for t, _ in texts(quality)].count("no value") == 3
    assert [t for t, _ in texts(latency)].count("not measured") == 1


def test_break_evens_of_the_contrasts_are_marked_in_words() -> None:
    data = example(6)
    figure = cumulative_cost_plot(data)
    assert figure is not None
    crossing = [b for b in data.break_evens if (b.a, b.b) == ("fine-tuned", "rag")]
    [questions] = [b.questions for b in crossing]
    assert questions is not None
    assert any(f"from {questions:,.0f}" in text for text, _ in texts(figure))
    bare = cumulative_cost_plot(replace(data, contrasts=()))
    assert bare is not None
    assert not any("cheaper" in text for text, _ in texts(bare))


def test_values_below_zero_are_in_the_picture() -> None:
    def lower(number: float | None) -> float | None:
        return None if number is None else number - 2.5

    data = example(3)
    shifted = [
        replace(s, unit="sd", value=lower(s.value), low=lower(s.low), high=lower(s.high))
        for s in data.summaries
    ]
    drawn = quality_plot(replace(data, summaries=shifted))
    assert drawn is not None
    for axes in drawn.axes:
        ends = np.concatenate([np.asarray(line.get_xdata()) for line in axes.lines[:-1]])
        low, high = axes.get_xlim()  # the last line is the rule above the floors
        assert ends.size
        assert low < ends.min()
        assert ends.max() < high
