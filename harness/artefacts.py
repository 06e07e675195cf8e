"""Artefacts: folders that are built once, under a key made of all that their content depends on."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.files import digest, encode, new_folder, write_text
from harness.provenance import packages

MADE_OF = "made_of.json"


@dataclass(frozen=True, slots=True)
class Artefacts:
    """The folder of a run's artefacts: `<kind>-<key>/`, each with what it was made of."""

    root: Path
    used: dict[str, None] = field(default_factory=dict, compare=False)
    """Names of the artefacts asked for so far: what a run stands on."""

    def path(self, kind: str, made_of: Mapping[str, Any]) -> Path:
        """Return where the artefact of these inputs is or will be; its name is its key."""
        path = self.root / f"{kind}-{digest(made_of)}"
        self.used[path.name] = None
        return path

    def build(self, kind: str, made_of: Mapping[str, Any], make: Callable[[Path], None]) -> Path:
        """Return the folder of an artefact, making it where it is not there yet.

        `make` fills a folder that takes its name only when `make` returns: a folder that
        exists is complete, whatever happened to the process that made it.
        """
        path = self.path(kind, made_of)
        if not path.exists():
            with new_folder(path) as part:
                make(part)
                self._describe(part, kind, made_of)
        return path

    def grow(self, kind: str, made_of: Mapping[str, Any]) -> Path:
        """Return the folder of an artefact that is filled row by row, made when it is absent."""
        path = self.path(kind, made_of)
        if not path.exists():
            with new_folder(path) as part:
                self._describe(part, kind, made_of)
        return path

    def all(self) -> Iterator[tuple[Path, dict[str, Any]]]:
        """Yield every artefact with its kind and what it was made of: the lineage of a run."""
        for path in sorted(self.root.glob(f"*/{MADE_OF}")):
            yield path.parent, json.loads(path.read_text(encoding="utf-8"))

    def made_with_others(self) -> Iterator[str]:
        """Yield a sentence for each set of package versions, not ours, that made what is used.

        Versions stand in no key: an upgrade does not throw away weights that took a day.
        """
        ours, found = packages(), dict[str, list[str]]()
        for folder, facts in self.all():
            theirs = {**ours, **facts.get("packages", {})}
            apart = [n for n in ours if n != "harness" and theirs[n] != ours[n]]
            if folder.name in self.used and apart:
                said = ", ".join(f"{n} {theirs[n]} (now {ours[n]})" for n in apart)
                found.setdefault(said, []).append(folder.name)
        for said, names in found.items():
            yield (
                f"made with {said}: {', '.join(names)} in {self.root}; delete the folders to have "
                "them made again"
            )

    @staticmethod
    def _describe(folder: Path, kind: str, made_of: Mapping[str, Any]) -> None:
        facts = {"kind": kind, "made_of": encode(made_of), "packages": packages()}
        text = json.dumps(facts, indent=1, sort_keys=True)
        write_text(folder / MADE_OF, text + "\n")
