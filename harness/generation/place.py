"""Where a model is: a folder, or an id of a hub. Light, so that a key needs no torch."""

from pathlib import Path

from harness.errors import ModelError

POCKET = Path(__file__).parent.parent / "pocket" / "weights"


def locate(path: str | Path) -> Path | str:
    """Return the folder of a model, or the hub id where it is not a folder.

    `pocket` is the model that is part of this package.

    Raises:
        ModelError: It reads like a folder and there is none.
    """
    folder = POCKET if str(path) == "pocket" else Path(path).expanduser()
    if folder.is_dir():
        return folder
    if str(path) == "pocket":
        raise ModelError(f"{folder}: pocket is not there; reinstall the package or name a model")
    text = str(path)
    if isinstance(path, Path) or text.startswith((".", "/", "~")) or text.count("/") > 1:
        raise ModelError(f"{path}: no such model folder; give a folder or a hub id (owner/name)")
    return text
