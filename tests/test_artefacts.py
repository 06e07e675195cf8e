import json
from pathlib import Path

import pytest

from harness.artefacts import Artefacts


def test_an_artefact_is_made_once_for_the_same_inputs(tmp_path: Path) -> None:
    made: list[Path] = []

    def make(folder: Path) -> None:
        made.append(folder)
        (folder / "content").write_text("x")

    store = Artefacts(tmp_path)
    first = store.build("index", {"k": 1}, make)
    assert store.build("index", {"k": 1}, make) == first
    assert store.build("index", {"k": 2}, make) != first
    assert len(made) == 2


def test_an_artefact_that_failed_is_made_again(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").write_text("x")
        raise RuntimeError

    store = Artefacts(tmp_path)
    with pytest.raises(RuntimeError):
        store.build("index", {}, fail)
    assert not list((store.build("index", {}, lambda folder: None)).glob("half"))


def test_what_an_artefact_was_made_of_stands_beside_it(tmp_path: Path) -> None:
    store = Artefacts(tmp_path)
    store.build("chunks", {"corpus": "abc"}, lambda folder: None)
    [(_, description)] = store.all()
    assert description["kind"] == "chunks"
    assert description["made_of"] == {"corpus": "abc"}
    assert "numpy" in description["packages"]


def test_what_other_versions_of_packages_made_is_told(tmp_path: Path) -> None:
    store = Artefacts(tmp_path)
    old, own = (store.build("weights", {"k": k}, lambda folder: None) for k in (1, 2))
    left = store.build("weights", {"k": 3}, lambda folder: None)
    assert not [*store.made_with_others()]
    for folder in (old, left):
        facts = json.loads((folder / "made_of.json").read_text())
        facts["packages"]["torch"] = "1.0"
        (folder / "made_of.json").write_text(json.dumps(facts))
    del store.used[left.name]
    [told] = store.made_with_others()
    assert told.startswith("made with torch 1.0 (now ")
    assert old.name in told
    assert own.name not in told
    assert left.name not in told
