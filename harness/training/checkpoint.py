"""Where training stands, on disk: a killed training goes on from there to the same weights."""

import os
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from harness.errors import ArtefactError
from harness.files import storage_errors

FILE = "last.pt"


@dataclass
class Checkpoint:
    """One file that is replaced as training goes on; at any moment it is whole.

    Args:
        folder: Where the file lies; made with the first checkpoint.
        made_of: What the training is; a checkpoint of another one is refused.
        every: Seconds between two checkpoints at least; 0: one after each step.
        clock: Seconds.
    """

    folder: Path
    made_of: str
    every: float
    clock: Callable[[], float]
    _last: float = field(init=False)

    def __post_init__(self) -> None:
        self._last = self.clock()

    def read(self) -> dict[str, Any] | None:
        """Return what was kept last, None where nothing was.

        Raises:
            ArtefactError: The file is damaged, or of another training.
        """
        path = self.folder / FILE
        if not path.exists():
            return None
        remedy = f"delete {self.folder} to train from the beginning"
        try:
            kept: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
            made_of = kept.pop("made_of")
        except (OSError, RuntimeError, KeyError, EOFError, pickle.UnpicklingError) as error:
            raise ArtefactError(f"{path}: no readable checkpoint; {remedy}") from error
        if made_of != self.made_of:
            raise ArtefactError(f"{path}: a checkpoint of another training; {remedy}")
        return kept

    @property
    def due(self) -> bool:
        """Whether it is time for one."""
        return self.clock() - self._last >= self.every

    def write(self, state: Mapping[str, Any]) -> None:
        """Replace what is kept."""
        path = self.folder / FILE
        with storage_errors(path):
            self.folder.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(".part")
            with part.open("wb") as file:
                torch.save({**state, "made_of": self.made_of}, file)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        self._last = self.clock()
