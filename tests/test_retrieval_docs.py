"""What docs/retrieval.md says about plug-ins is what their constructors say."""

import inspect
import re
from pathlib import Path
from typing import Literal

import pytest
import yaml

from harness import registry
from harness.built_in import BUILT_IN
from harness.config.records import Retriever

PAGE = (Path(__file__).parents[1] / "docs" / "retrieval.md").read_text(encoding="utf-8")
SHARED = {"depth"}
"""Keys of every retriever, described with the benchmark file."""


def options_in(section: str) -> dict[str, dict[str, str]]:
    """Return the options and defaults of each type in the table below a heading."""
    table = PAGE.split(f"\n## {section}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `([\w-]+)` \|.*\| ([^|]*)\|$", table, re.MULTILINE)
    return {
        name: dict(re.findall(r"`(\w+)`(?: \(([^);:]*))?", re.sub(r"\[[^]]*\]\([^)]*\)", "", cell)))
        for name, cell in rows
        if name != "type"
    }


@pytest.mark.parametrize(
    ("section", "kind"), [("Chunkers", "chunker"), ("Retrievers", "retriever")]
)
def test_every_plug_in_and_option_is_on_the_page(
    section: str, kind: Literal["chunker", "retriever"]
) -> None:
    told = options_in(section)
    assert set(told) == set(BUILT_IN[kind]) - {"minilm"}  # another name for dense
    for name, options in told.items():
        parameters = inspect.signature(registry.resolve(kind, name)).parameters
        assert set(options) == set(parameters) - SHARED, name
        for option, default in options.items():
            if default.strip("`").replace(".", "").isdigit():
                assert float(default) == parameters[option].default, f"{name}: {option}"
            elif default == "required":
                assert parameters[option].default is inspect.Parameter.empty, f"{name}: {option}"


def test_the_examples_on_the_page_are_valid() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        for label, table in yaml.safe_load(block)["retrievers"].items():
            config = Retriever(**table)
            registry.check("retriever", config.type, config.options, label)
            registry.check("chunker", config.chunker.type, config.chunker.options, label)
