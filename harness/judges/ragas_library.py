"""The one place that imports ragas: late, since it takes seconds, and with its telemetry off."""

import os
import warnings
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType

from harness.errors import MissingExtra


def ragas_version() -> str:
    """Return the version that is installed, without importing it.

    Raises:
        MissingExtra: It is not installed.
    """
    try:
        return version("ragas")
    except PackageNotFoundError as error:
        raise MissingExtra("a ragas judge needs the package 'ragas': pip install ragas") from error


def ragas_module(name: str) -> ModuleType:
    """Return a module of ragas.

    Raises:
        MissingExtra: It cannot be imported.
    """
    os.environ["RAGAS_DO_NOT_TRACK"] = "true"  # read once, at the first event
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the libraries it imports, about each other
            return import_module(f"ragas.{name}")
    except ImportError as error:
        raise MissingExtra(
            f"ragas {ragas_version()} cannot be imported: {' '.join(str(error).split())}; "
            "pip install 'ragas==0.4.3' 'langchain-community<0.4.2'"
        ) from error
