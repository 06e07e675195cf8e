"""Writes a whole report into a folder."""

from pathlib import Path

from harness.files import write_bytes, write_text
from harness.report.columns import write_csv_files
from harness.report.page import html_page, markdown_page
from harness.report.report_data import ReportData


def write_report(data: ReportData, folder: Path) -> None:
    """Write the csv files, `report.md`, `report.html` and `plots/` into a folder.

    The same data give the same bytes. A plot for which nothing was measured is not written, and
    one that an earlier report left is removed.
    """
    write_csv_files(data, folder)
    drawings = _write_plots(data, folder / "plots")
    write_text(folder / "report.md", markdown_page(data, drawings))
    write_text(folder / "report.html", html_page(data, drawings))


def _write_plots(data: ReportData, folder: Path) -> dict[str, bytes]:
    from harness.report.plots.cumulative_cost import cumulative_cost_plot
    from harness.report.plots.effects import effects_plot
    from harness.report.plots.latency_spans import latency_spans_plot
    from harness.report.plots.quality import quality_plot
    from harness.report.plots.quality_training import quality_training_plot
    from harness.report.plots.series import series_plot
    from harness.report.plots.style import as_png, as_svg
    from harness.report.plots.trade_off import cost_trade_off_plot, latency_trade_off_plot
    from harness.report.plots.training_curves import training_curves_plot

    drawers = {
        "quality": quality_plot,
        "effects": effects_plot,
        "quality_latency": latency_trade_off_plot,
        "quality_cost": cost_trade_off_plot,
        "latency_spans": latency_spans_plot,
        "cumulative_cost": cumulative_cost_plot,
        "training_curves": training_curves_plot,
        "quality_training": quality_training_plot,
    }
    for path in folder.glob("series_*.*"):
        path.unlink()  # of a series that the benchmark no longer has
    figures = {name: draw(data) for name, draw in drawers.items()}
    figures |= {one.plot: series_plot(data, one) for one in data.series}
    drawings = {}
    for name, drawn in figures.items():
        paths = folder / f"{name}.svg", folder / f"{name}.png"
        if drawn is None:
            for path in paths:
                path.unlink(missing_ok=True)
            continue
        drawings[name] = as_svg(drawn, name)
        write_bytes(paths[0], drawings[name])
        write_bytes(paths[1], as_png(drawn))
    return drawings
