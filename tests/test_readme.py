import re
import runpy
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_table_of_the_readme_is_that_of_the_reference_results() -> None:
    table = runpy.run_path(str(ROOT / "benchmarks" / "readme_table.py"))["table"]()
    assert table in README


def test_every_file_the_readme_links_to_is_there() -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
