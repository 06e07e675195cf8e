"""What a report says of trainings: rows, table, plots."""

import csv
import io
import math
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from matplotlib.lines import Line2D
from rich.console import Console

from harness.report.columns import COLUMNS, write_csv_files
from harness.report.plots.quality_training import quality_training_plot
from harness.report.plots.training_curves import training_curves_plot
from harness.report.report_data import ArmDescription, ReportData
from harness.report.terminal import print_report
from harness.report.training_tables import training_table
from harness.results import LossPoint, Summary, TrainingRun
from tests.test_report_plots import texts, ticks_out_of_sight

METHODS = ("full", "last-layers", "bitfit", "layer-norms", "lora", "rslora", "dora", "qlora",
           "ia3", "bottleneck", "prompt-tuning", "p-tuning")  # fmt: skip


def training(weights: str, i: int = 0, seed: int = 0) -> TrainingRun:
    return TrainingRun(
        weights=weights, seed=seed, method=f"{weights} r=16", sees="question", examples=1092,
        trainable_parameters=3 ** (i + 2), total_parameters=3_321_792, steps=100, tokens=100_000,
        seconds=20.0 + 3 * i, train_loss=0.1, dev_loss=0.2, best_step=70, peak_memory_mb=900.0 + i,
        artefact_mb=0.1, device="cpu", base_dev_loss=7.08, tokens_per_second=5_000.0, flops=3e12,
        peak_rss_mb=900.0 + i, rss_before_mb=600.0, usd=0.0004,
    )  # fmt: skip


def curve(weights: str, i: int = 0, seed: int = 0) -> list[LossPoint]:
    return [
        LossPoint(
            weights, seed, step, 1_000 * step, 7 * math.exp(-step / (9 + i)),
            7.2 * math.exp(-step / (10 + i)) if step % 10 == 0 else None, chosen=step == 70,
        )
        for step in range(1, 101)
    ]  # fmt: skip


def trained(n: int, seeds: int = 1) -> ReportData:
    """A run of so many methods, each of which answers by itself, beside the base."""
    names = ["base", *METHODS[:n]]
    summaries = [
        Summary(name, split, "contains", i / 20, i / 20 - 0.02, i / 20 + 0.02, 160, 0, 40, 9, 1,
                "share", higher_is_better=True, signature="s")
        for split in ("test-seen", "test-new")
        for i, name in enumerate(names)
    ]  # fmt: skip
    each = [(name, i, s) for i, name in enumerate(METHODS[:n]) for s in range(seeds)]
    return ReportData(
        benchmark="peft",
        dataset="vantora",
        arms=[ArmDescription(x, "pocket", x, "none", "plain", "questions") for x in names],
        primary="contains",
        summaries=summaries,
        training=[training(*one) for one in each],
        training_curve=[point for one in each for point in curve(*one)],
    )


def test_the_files_have_a_row_for_every_training_and_every_moment(tmp_path: Path) -> None:
    write_csv_files(trained(3, seeds=2), tmp_path)
    read = {
        name: list(csv.DictReader(io.StringIO((tmp_path / name).read_text("utf-8"))))
        for name in ("training.csv", "training_curve.csv")
    }
    assert len(read["training.csv"]) == 6
    assert len(read["training_curve.csv"]) == 600
    first = read["training.csv"][0]
    assert tuple(first) == COLUMNS["training.csv"]
    assert (first["peak_cuda_mb"], first["energy_kwh"]) == ("", "")
    assert (first["peak_rss_mb"], first["usd"]) == ("900.0", "0.0004")
    point = read["training_curve.csv"][69]
    assert (point["step"], point["chosen"]) == ("70", "true")
    assert read["training_curve.csv"][0]["dev_loss"] == ""


def test_the_table_names_what_is_not_known_and_what_was_left_out() -> None:
    runs = [training("lora"), replace(training("ia3"), examples_too_long=12, energy_kwh=2e-3)]
    table = training_table(replace(trained(2), training=runs))
    assert table is not None
    column = {c.name: i for i, c in enumerate(table.columns)}
    lora, ia3 = (row.cells for row in table.rows)
    assert lora[column["energy Wh"]].text == "–"
    assert lora[column["energy Wh"]].note == "not measured"
    assert ia3[column["energy Wh"]].text == "2.00"
    assert ia3[column["examples"]].note.startswith("12 more are longer than the window")
    assert lora[column["step kept"]].text == "70 of 100"
    assert lora[column["trained parameters"]].below == "of 3,321,792"
    assert lora[0].text == "lora"


def test_seeds_are_told_apart_in_the_table() -> None:
    table = training_table(trained(1, seeds=2))
    assert table is not None
    assert [row.cells[0].text for row in table.rows] == ["full, seed 0", "full, seed 1"]


@pytest.mark.parametrize(("n", "there"), [(1, False), (2, True)])
def test_the_terminal_shows_the_table_where_several_were_trained(n: int, there: bool) -> None:
    console = Console(record=True, width=120, file=io.StringIO())
    print_report(trained(n), Path("out"), console)
    assert ("tokens/s" in console.export_text()) is there


@pytest.mark.parametrize("n", [2, 5, 12])
@pytest.mark.parametrize("plot", [training_curves_plot, quality_training_plot])
def test_no_text_of_a_plot_overlaps_another_or_leaves_it(n: int, plot: object) -> None:
    figure = plot(trained(n))  # type: ignore[operator]
    drawn = [(t, b) for t, b in texts(figure) if b.width > 0]
    hidden = ticks_out_of_sight(figure)
    drawn = [(t, b) for t, b in drawn if (t, round(b.x0), round(b.y0)) not in hidden]
    assert len(drawn) > n
    for text, box in drawn:
        assert figure.bbox.x0 - 1 <= box.x0 < box.x1 <= figure.bbox.x1 + 1, text
        assert figure.bbox.y0 - 1 <= box.y0 < box.y1 <= figure.bbox.y1 + 1, text
    for (one, a), (two, b) in combinations(drawn, 2):
        apart = min(a.x1, b.x1) - max(a.x0, b.x0) <= 0.5 or min(a.y1, b.y1) - max(a.y0, b.y0) <= 0.5
        assert apart, f"{one!r} over {two!r}"


def test_the_chosen_step_is_marked_once_a_training() -> None:
    figure = training_curves_plot(trained(3, seeds=2))
    assert figure is not None
    for axes in figure.axes[:3]:
        marks = [x for x in axes.get_lines() if isinstance(x, Line2D) and x.get_marker() == "D"]
        assert [x.get_xdata()[0] for x in marks] == [70_000, 70_000]  # type: ignore[index]


def test_objectives_of_preference_training_have_no_panel() -> None:
    data = trained(2)
    preferred = replace(data.training[0], weights="grpo", method="grpo of lora r=16")
    with_it = replace(
        data,
        training=[*data.training, preferred],
        training_curve=[*data.training_curve, *curve("grpo")],
    )
    figure = training_curves_plot(with_it)
    assert figure is not None
    assert [axes.get_title() for axes in figure.axes] == ["full", "last-layers"]


def test_a_panel_without_a_training_is_not_drawn() -> None:
    figure = training_curves_plot(trained(5))
    assert figure is not None
    assert [axes.get_visible() for axes in figure.axes] == [True] * 5 + [False] * 3


def test_memory_is_what_training_added_and_one_set_of_weights_has_no_plot() -> None:
    figure = quality_training_plot(trained(4))
    assert figure is not None
    panel = figure.axes[1]
    xs = [line.get_xdata()[0] for line in panel.get_lines() if line.get_marker() != "None"]  # type: ignore[index]
    assert xs == [300.0, 301.0, 302.0, 303.0]
    assert quality_training_plot(trained(1)) is None
    assert training_curves_plot(replace(trained(1), training_curve=())) is None
