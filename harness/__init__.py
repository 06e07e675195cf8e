"""RAG, fine-tuning, or both? One question set through all of them, with intervals and costs."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.config.load import load_benchmark as load_benchmark
    from harness.data import load as load
    from harness.runner import run as run

_PUBLIC = {
    "load": "harness.data",
    "load_benchmark": "harness.config.load",
    "run": "harness.runner",
}

__all__ = ["load", "load_benchmark", "run"]


def __getattr__(name: str) -> object:
    """Import a public name on first use, so that `import harness` loads nothing heavy."""
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'harness' has no attribute {name!r}")
