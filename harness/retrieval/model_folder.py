"""Models of the sentence-transformers library: from a folder, or from the hub by their id."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.errors import ModelError


def model_folder(name: str, revision: str, role: str) -> Path:
    """Return the folder of a model, fetched from the hub where it is not a local one.

    Args:
        name: A folder, or a hub id.
        revision: Commit or branch on the hub; empty for its main one.
        role: What the model is here, for the error.

    Raises:
        ModelError: There is no such folder, and the hub did not give it.
    """
    folder = Path(name)
    if folder.is_dir():
        return folder.resolve()
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        skipped = ["onnx/*", "openvino/*", "*.h5", "*.ot", "*.msgpack"]
        return Path(snapshot_download(name, revision=revision or None, ignore_patterns=skipped))
    except (HFValidationError, HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise ModelError(
            f"{role} {name!r}: no such folder, and the hub did not give it "
            f"({type(error).__name__}); check the name, or give the path of a folder"
        ) from error


def opened(make: Callable[..., Any], folder: Path, device: str, what: str) -> Any:
    """Return a model of the library, ready to read texts, without a progress bar.

    Args:
        make: The class of the model.
        folder: Where it is.
        device: Such as `cpu`; empty for the library's choice.
        what: Role and name, for the error.

    Raises:
        ModelError: It cannot be loaded.
    """
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call,unused-ignore]
    try:
        return make(str(folder), device=device or None, local_files_only=True).eval()
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ModelError(
            f"{what}: {folder} cannot be loaded by sentence-transformers: {error}"
        ) from error
    finally:
        if shown:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call,unused-ignore]
