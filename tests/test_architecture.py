"""Imports go down, never up or sideways."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "harness"

# Ground floor first. A module may import from floors below its own, and from its own folder.
FLOORS = [
    {"errors", "types", "timing", "progress", "memory", "onednn"},
    {"files", "results", "stats", "protocols", "provenance"},
    {"config", "text", "data", "worlds", "stores"},
    {"chunking", "retrieval", "generation", "metrics", "judges", "costs"},
    {"training", "contexts", "built_in"},
    {"arms", "artefacts", "registry", "pocket", "entailment", "preferences", "report"},
    {"external", "agreement", "lineage"},
    {"stages"},
    {"runner", "scoring", "pipeline"},
    {"catalogue", "claims", "audit", "fitting", "noise", "retrieving"},
    {"cli", "__init__"},
    {"__main__"},
]
FLOOR = {name: height for height, names in enumerate(FLOORS) for name in names}
HEAVY = {"torch", "transformers", "datasets", "faiss", "matplotlib", "pandas", "numpy", "typer"}


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "harness":
            parts = (node.module or "").split(".")
            found |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        if isinstance(node, ast.Import):
            named = [alias.name.split(".") for alias in node.names]
            found |= {parts[1] for parts in named if parts[0] == "harness" and len(parts) > 1}
    return found


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE))
)
def test_imports_go_down(path: Path) -> None:
    home = path.relative_to(PACKAGE).with_suffix("").parts[0]
    for name in imports(path) - {home}:
        assert FLOOR[name] < FLOOR[home], f"{path} imports {name}, which is not below it"


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE))
)
def test_modules_are_short_enough_to_read(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 250


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import sys, harness; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not HEAVY & set(loaded)


def test_the_data_folder_is_no_package() -> None:
    assert not list((PACKAGE.parent / "datasets").rglob("*.py"))
