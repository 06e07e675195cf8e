"""Every error the harness raises on purpose.

HarnessError
    ConfigError        a benchmark file or option is wrong; the user can fix the file
    UnknownName        no plug-in, arm or data set of that kind has that name
    MissingExtra       an optional dependency is not installed
    DataError          a question set is absent, damaged, or leaks test into train
    ModelError         a model cannot be loaded, or cannot do what is asked of it
    ArtefactError      something on disk was made from other inputs than those at hand
    StorageError       the disk is full, a folder cannot be written, a vector store does not answer

Anything else that escapes is a bug in the harness or in a plug-in.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class HarnessError(Exception):
    """Base class: the command line prints these as one line, without a traceback."""


class ConfigError(HarnessError):
    """A benchmark file or an option in it is wrong."""


class UnknownName(HarnessError):
    """Nothing of that kind goes by that name."""


class MissingExtra(HarnessError):
    """A plug-in needs an optional dependency that is not installed."""


class DataError(HarnessError):
    """A question set is absent, damaged, or leaks its test questions."""


class ModelError(HarnessError):
    """A model cannot be loaded, or cannot do what is asked of it."""


class ArtefactError(HarnessError):
    """A folder on disk was made from other inputs than those at hand."""


class StorageError(HarnessError):
    """The disk is full or a folder cannot be written."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the end of a sentence that helps with a misspelt name.

    >>> did_you_mean("bm52", ["bm25", "dense"])
    "did you mean 'bm25'?"
    >>> did_you_mean("zzz", ["bm25", "dense"])
    'known: bm25, dense'
    """
    known = sorted(known)
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"


def how_to_install(extra: str) -> str:
    """Return the command that installs one of our extras; `harness` on PyPI is another project.

    >>> how_to_install("qdrant")
    'pip install -e ".[qdrant]" in the folder of this project'
    """
    return f'pip install -e ".[{extra}]" in the folder of this project'
