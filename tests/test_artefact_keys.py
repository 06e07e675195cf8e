"""The keys of artefacts hold all of our code that decides what is in them."""

import ast
from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.stages import ranking, weights

ROOT = Path(__file__).parent.parent / "harness"
NO_CONTENT = (
    "artefacts", "catalogue", "config", "costs", "errors", "files", "memory", "onednn", "progress",
    "protocols", "provenance", "registry", "results", "stages/job", "stages/search", "timing",
    "types",
)  # fmt: skip
"""What only carries, names or stores; the records of `config` stand in the keys themselves."""

IN_THE_KEY = ("arms", "contexts", "data", "retrieval", "stores", "chunking", "stages/contexts",
              "stages/retriever")  # fmt: skip
"""What stands in a key by the digest of its result: rows, an index."""


GOING_ON = ("preferences", "stages/preferring", "stages/ranking", "stages/starting")


def modules_of(names: Sequence[str]) -> set[Path]:
    found: set[Path] = set()
    for name in names:
        path = ROOT / name
        found |= set(path.rglob("*.py")) if path.is_dir() else {path.with_suffix(".py")}
    return found


def imported(path: Path) -> set[Path]:
    """Return the modules of ours that one imports when it runs, not for its types alone."""
    tree = ast.parse(path.read_text())
    typing_only = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test)
        for node in ast.walk(block)
    }
    found: set[Path] = set()
    for node in ast.walk(tree):
        if id(node) in typing_only or not isinstance(node, ast.ImportFrom):
            continue
        parts = (node.module or "").split(".")
        if parts[0] == "harness":
            base = ROOT.joinpath(*parts[1:])
            inner = [(base / alias.name).with_suffix(".py") for alias in node.names]
            found |= {module for module in inner if module.exists()}
            if base.with_suffix(".py").exists():
                found.add(base.with_suffix(".py"))
    return found


@pytest.mark.parametrize(
    "source",
    [weights.SOURCE, ranking.SOURCE, (*weights.SOURCE, *weights.ALSO_SOURCE)],
    ids=["weights", "pairs and reward models", "weights that go on from others"],
)
def test_a_change_of_any_code_that_makes_an_artefact_changes_its_key(
    source: tuple[str, ...],
) -> None:
    covered = modules_of(source)
    aside = modules_of((*NO_CONTENT, *IN_THE_KEY))
    if source == weights.SOURCE:  # reached only where they go on from others
        aside |= modules_of(GOING_ON)
    reached = {module for path in covered for module in imported(path)}
    missing = sorted(str(path.relative_to(ROOT)) for path in reached - covered - aside)
    assert missing == []
