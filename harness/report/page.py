"""The report as one Markdown and one HTML file."""

from collections.abc import Mapping
from pathlib import Path

from harness.report.report_data import ReportData
from harness.report.sections import Section, sections
from harness.report.table import markdown, plain


def markdown_page(data: ReportData, plots: Mapping[str, bytes]) -> str:
    """Return the report in Markdown; plots are linked from `plots/`."""
    lines = [f"# {plain(data.benchmark)} on {plain(data.dataset)}", ""]
    for section in sections(data):
        lines += [f"## {section.title}", ""]
        for paragraph in section.paragraphs:
            lines += [plain(paragraph), ""]
        if section.points:
            lines += [*(f"- {plain(point)}" for point in section.points), ""]
        for name, shows in section.plots:
            if name in plots:
                lines += [f"![{plain(shows)}](plots/{name}.svg)", ""]
        for table in section.tables:
            lines += [markdown(table)]
        if section.facts:
            lines += ["| fact | value |", "|---|---|"]
            lines += [f"| {plain(name)} | {plain(value)} |" for name, value in section.facts]
            lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def html_page(data: ReportData, plots: Mapping[str, bytes]) -> str:
    """Return the report as one HTML file that needs nothing else: styles and plots are inside.

    Args:
        data: All records.
        plots: SVG by name; a plot that a section asks for and that is not here is left out.
    """
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    page = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    template = page.from_string(Path(__file__).with_name("page.html.j2").read_text("utf-8"))
    found: list[Section] = sections(data)
    drawings = {name: Markup(_inline(name, svg)) for name, svg in plots.items()}
    return template.render(data=data, sections=found, plots=drawings) + "\n"


def _inline(name: str, svg: bytes) -> str:
    """Return the <svg> element alone, its ids made different from those of other plots."""
    text = svg.decode("utf-8")
    text = text[text.index("<svg") :].rstrip("\n")
    for mark in ('id="', 'href="#', "url(#"):
        text = text.replace(mark, f"{mark}{name}-")
    return text.replace("<svg ", '<svg role="img" ', 1)
