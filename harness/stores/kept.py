"""What stores outside this process do alike: kept in files, or on a server under a name."""

import os
import shutil
import tempfile
import weakref
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from harness.errors import ArtefactError, ConfigError, HarnessError, StorageError
from harness.stores.collection import Collection
from harness.stores.description import REMEDY, as_text, from_text

FILES = "store"


class Kept(Collection):
    """A collection of another program: its files, or a server at an address.

    Files are worked on in a folder of our own, under the system's temporary one: `save` copies
    them out and `load` copies them in, so what was saved never changes, may be moved, and may be
    read by several processes at once. On a server the description is written beside the vectors
    when they are all there, and taken away before the first change.
    """

    troubles: ClassVar[tuple[type[Exception], ...]]
    """What the client raises when the server does not answer, or answers no."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._whole = False
        self._let_go: list[Callable[[], object]] = []
        self._place: Path | None = None

    @abstractmethod
    def _connect(self, place: Path | None) -> Callable[[], object]:
        """Open the files in a place or the server; return what closes them again."""

    @abstractmethod
    def _make(self) -> None:
        """Make the collection anew, empty; drop what there was."""

    @abstractmethod
    def _find(self) -> None:
        """Open the collection that is there; raise LookupError where there is none."""

    @abstractmethod
    def _mark(self, text: str) -> None:
        """Write a text beside the collection on the server."""

    @abstractmethod
    def _marked(self) -> str:
        """Return that text; empty where there is none."""

    def _finish(self) -> None:
        """Do what is done once, when all vectors are there."""

    def _begin(self) -> None:
        self._reach()
        with self._trouble():
            self._make()

    def _begin_change(self) -> None:
        if self._whole and self._url:
            with self._trouble():
                self._mark("")
        self._whole = False

    def _keep(self, folder: Path) -> None:
        with self._trouble():
            self._finish()
            if self._url:
                self._mark(as_text(self._description))
        if not self._url:
            assert self._place is not None
            self._disconnect()
            shutil.rmtree(folder / FILES, ignore_errors=True)
            shutil.copytree(self._place, folder / FILES)
            self._join(self._place)
            self._find()
        self._whole = True

    def _open(self, folder: Path) -> None:
        self._reach(None if self._url else folder / FILES)
        name = self._description.name
        try:
            with self._trouble(folder):
                self._find()
                text = self._marked() if self._url else ""
        except LookupError as error:
            raise ArtefactError(f"{folder}: {self._at} has no collection {name}; {REMEDY}") from (
                error
            )
        if self._url:
            self._check_mark(folder, text)
        self._whole = True

    def _check_mark(self, folder: Path, text: str) -> None:
        """Refuse a collection that is not in the state that the folder was saved in."""
        ours, where = (
            self._description,
            f"{folder}: {self._at}: collection {self._description.name}",
        )
        try:
            theirs = from_text(text)
        except (ValueError, TypeError, KeyError) as error:
            raise ArtefactError(f"{where} is half-written; {REMEDY}") from error
        if (theirs.dimension, theirs.embedder) != (ours.dimension, ours.embedder):
            raise ArtefactError(
                f"{where} holds vectors of {theirs.dimension} numbers by {theirs.embedder!r}, "
                f"wanted are {ours.dimension} by {ours.embedder!r}; {REMEDY}"
            )
        if theirs.stamp != ours.stamp:
            raise ArtefactError(f"{where} was changed after the folder was saved; {REMEDY}")

    def _reach(self, files: Path | None = None) -> None:
        """Connect, to a copy of these files where there are some."""
        if not self._url:
            self._place = Path(tempfile.mkdtemp(prefix="harness-store-"))
            weakref.finalize(self, shutil.rmtree, self._place, True)
            if files is not None:
                try:
                    shutil.copytree(files, self._place, dirs_exist_ok=True)
                except OSError as error:
                    raise ArtefactError(f"{files}: no readable vectors; {REMEDY}") from error
        self._join(self._place, files)

    def _join(self, place: Path | None, files: Path | None = None) -> None:
        with self._trouble(files):
            close = self._connect(place)
        self._let_go.append(weakref.finalize(self, close))

    def _disconnect(self) -> None:
        while self._let_go:
            self._let_go.pop()()

    def _release(self) -> None:
        self._disconnect()
        if self._place is not None:
            shutil.rmtree(self._place, ignore_errors=True)
        self._place, self._whole = None, False

    @property
    def _at(self) -> str:
        """Which store and where, without what may be secret in an address."""
        address = self._url.rpartition("@")[2] if "@" in self._url else self._url
        return f"{self._kind} at {address}" if self._url else self._kind

    @contextmanager
    def _trouble(self, files: Path | None = None) -> Iterator[None]:
        """Turn what the client raises into one line that says which store and what to look at."""
        try:
            yield
        except (HarnessError, LookupError):
            raise
        except self.troubles as error:
            said = " ".join(str(error).split())[:300] or type(error).__name__
            if files is not None and not self._url:
                raise ArtefactError(f"{files}: no readable vectors ({said}); {REMEDY}") from error
            look = "look at its address, and whether it runs" if self._url else "look at its files"
            if self._refused(error):
                look = "look at its credentials"
            raise StorageError(f"{self._at}: {said}; {look}") from error

    def _refused(self, error: Exception) -> bool:
        """Whether the server knows us not."""
        words = str(error).lower()
        return any(word in words for word in ("401", "403", "unauthorized", "forbidden"))


def secret(variable: str, needed: bool = False) -> str | None:
    """Return the content of an environment variable that holds a credential; None where unset.

    Raises:
        ConfigError: It is needed and not set.
    """
    value = os.environ.get(variable) or None
    if needed and value is None:
        raise ConfigError(f"the environment variable {variable} is not set; it holds the API key")
    return value


def terms(metadata: Mapping[str, str]) -> list[str]:
    """Return metadata as words that a list of words can be searched for.

    >>> terms({"section": "2=3", "a=b": "c"})
    ['section=2=3', 'a%3Db=c']
    """
    escaped = (field.replace("%", "%25").replace("=", "%3D") for field in metadata)
    return [f"{field}={value}" for field, value in zip(escaped, metadata.values(), strict=True)]
