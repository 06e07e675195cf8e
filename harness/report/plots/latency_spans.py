"""Where the time of one answer goes."""

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from harness.report.latency import STEPS, latency_rows
from harness.report.numbers import significant
from harness.report.plots.style import GREYS, HATCHES, figure, grid, name_rows, row_inches
from harness.report.report_data import ReportData


def latency_spans_plot(data: ReportData) -> Figure | None:
    """Return one bar an arm, its mean time cut into steps, with a mark at p95 of the whole."""
    rows = {(r.arm, r.span): r for r in latency_rows(data.spans, data.names)}
    if not any(span == "total" for _, span in rows):
        return None
    found = {span for _, span in rows}
    extra = sorted(found - {"total", "other", *STEPS})
    steps = [s for s in (*STEPS, *extra, "other") if s in found]
    drawn = figure(8.4, 1.5 + row_inches(data.names))
    axes = drawn.subplots()
    far = max(r.p95_ms for (_, span), r in rows.items() if span == "total")
    for y, arm in enumerate(data.names):
        total = rows.get((arm, "total"))
        if total is None:
            axes.text(0.01 * far, y, "not measured", fontsize=8, style="italic", va="center")
            continue
        left = 0.0
        for k, step in enumerate(steps):
            ms = rows[arm, step].mean_ms if (arm, step) in rows else 0.0
            axes.barh(
                y, ms, 0.62, left, color=_face(k), hatch=_hatch(k), edgecolor="black", linewidth=0.6
            )
            left += ms
        axes.plot([total.p95_ms], [y], "D", color="black", markersize=5, clip_on=False)
        end = max(left, total.p95_ms) + 0.02 * far
        text = f"mean {significant(total.mean_ms)}, p95 {significant(total.p95_ms)}"
        axes.text(end, y, text, fontsize=8, va="center")
    name_rows(axes, data.names)
    axes.set_xlim(0, 1.38 * far)
    axes.set_xlabel("time of one answer at batch size 1 (ms; steps are means)")
    grid(axes, "x")
    handles: list[Patch | Line2D] = [
        Patch(facecolor=_face(k), hatch=_hatch(k), edgecolor="black", linewidth=0.6)
        for k in range(len(steps))
    ]
    handles.append(Line2D([], [], linestyle="", marker="D", color="black", markersize=5))
    labels = [*(s.replace("_", " ") for s in steps), "p95 of the whole"]
    drawn.legend(
        handles, labels, loc="outside upper center", ncols=4, fontsize=8, frameon=False,
        handlelength=2.4, handleheight=1.2,
    )  # fmt: skip
    return drawn


def _face(step: int) -> str:
    return GREYS[step % len(GREYS)]


def _hatch(step: int) -> str:
    return HATCHES[step % len(HATCHES)]
