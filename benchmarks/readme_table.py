"""The table of the README, from the reference results.

python benchmarks/readme_table.py [--write README.md]
"""

import csv
import sys
from pathlib import Path

REFERENCE = Path(__file__).parent.parent / "results" / "reference" / "pocket"

START, END = "<!-- table -->", "<!-- /table -->"

COLUMNS = (
    ("right value, `test-seen`", "contains", "test-seen"),
    ("right value, `test-new`", "contains", "test-new"),
    ("refuses, `test-unanswerable`", "abstention_recall", "test-unanswerable"),
    ("ROUGE-L, `test-new`", "rougeL", "test-new"),
    ("p50 ms", "latency_p50_ms", "all"),
    ("USD per 1,000", "cost_usd_per_1k", "all"),
)


def table(folder: Path = REFERENCE) -> str:
    """Return a Markdown table of the main figures, with 95 % intervals where there are any."""
    with (folder / "summary.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    cells = {(row["arm"], row["metric"], row["split"]): row for row in rows}
    lines = ["| arm | " + " | ".join(name for name, _, _ in COLUMNS) + " |"]
    lines.append("|---" * (1 + len(COLUMNS)) + "|")
    for arm in dict.fromkeys(row["arm"] for row in rows):
        shown = [_cell(cells.get((arm, metric, split))) for _, metric, split in COLUMNS]
        lines.append(f"| {arm} | " + " | ".join(shown) + " |")
    return "\n".join(lines)


def _cell(row: dict[str, str] | None) -> str:
    if row is None or not row["value"]:
        return "–"
    value = float(row["value"])
    if row["unit"] == "usd":
        return f"{value:.2g}"
    if row["unit"] == "ms":
        return f"{value:.0f}"
    interval = f" [{float(row['low']):.2f}, {float(row['high']):.2f}]" if row["low"] else ""
    return f"{value:.2f}{interval}"


def written(text: str) -> str:
    """Return the README with the table of today between its two marks."""
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"]:
        readme = Path(sys.argv[2])
        readme.write_text(written(readme.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        print(table())
