"""Ordinary English that every installation has: docstrings of Python and of this project."""

import ast
import re
import sysconfig
from collections.abc import Iterator, Sequence
from pathlib import Path

import harness

SKIPPED = {"test", "tests", "idlelib", "lib2to3", "site-packages", "dist-packages", "encodings"}


def english(documentation: Sequence[Path] = ()) -> list[str]:
    """Return paragraphs of prose, in a fixed order.

    Args:
        documentation: Further files of prose, such as the project's own pages in Markdown.
    """
    folders = (Path(sysconfig.get_paths()["stdlib"]), Path(harness.__path__[0]))
    texts = [text for folder in folders for text in _docstrings(folder)]
    texts += [path.read_text(encoding="utf-8") for path in documentation]
    return [p for text in texts for p in _paragraphs(text)]


def _docstrings(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*.py")):
        if SKIPPED & set(path.relative_to(folder).parts):
            continue
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, UnicodeDecodeError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                yield ast.get_docstring(node) or ""


def _paragraphs(text: str) -> Iterator[str]:
    """Yield the paragraphs that are mostly words."""
    for block in re.split(r"\n\s*\n", text):
        paragraph = " ".join(block.split())
        letters = sum(c.isalpha() or c == " " for c in paragraph)
        if len(paragraph) >= 30 and letters >= 0.88 * len(paragraph) and ">>>" not in paragraph:
            yield paragraph
