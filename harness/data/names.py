"""A name or a folder to the place where a question set lies."""

from pathlib import Path

from harness.errors import DataError, UnknownName, did_you_mean

HUB = "hf:"


def shipped_folders() -> list[Path]:
    """Return where shipped sets may lie: below the working directory, or beside the package."""
    return [Path("datasets"), Path(__file__).resolve().parents[2] / "datasets"]


def shipped() -> dict[str, Path]:
    """Return the question sets that come with the harness, by name, sorted."""
    found: dict[str, Path] = {}
    for parent in shipped_folders():
        for folder in sorted(parent.iterdir()) if parent.is_dir() else []:
            if folder.is_dir() and any(folder.glob("corpus.*")):
                found.setdefault(folder.name, folder)
    return dict(sorted(found.items()))


def locate(place: str | Path) -> Path | str:
    """Return the folder or file of a question set; a `hf:` name is passed on as it is.

    A path that exists wins over a shipped set of the same name.

    Raises:
        UnknownName: A bare name that is no path and not shipped.
        DataError: A path that does not exist.
    """
    if str(place).startswith(HUB):
        return str(place)
    path = Path(place)
    if path.exists():
        return path
    known = shipped()
    if str(place) in known:
        return known[str(place)]
    if len(path.parts) > 1 or path.suffix:
        raise DataError(f"{place}: no such file or folder; give a folder, a file or a shipped name")
    hint = did_you_mean(str(place), known)
    names = "" if hint.startswith("known") else f" (shipped: {', '.join(known)})"
    raise UnknownName(f"no question set is called {str(place)!r}; {hint}{names}")
