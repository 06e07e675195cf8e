import errno
from pathlib import Path

import pytest

from harness import files
from harness.errors import DataError, StorageError
from harness.types import Failure, Hit, Prediction
from tests.fakes import hit

ROWS = [
    Prediction("rag", 0, "test-new", "q1", "a\nb", ("d:0-3",), 5, 2),
    Prediction("rag", 0, "test-new", "q2", "", failure=Failure("timeout", "ü", transient=True)),
]


def test_rows_come_back_as_they_were(tmp_path: Path) -> None:
    files.write_rows(tmp_path / "x.jsonl", ROWS)
    assert list(files.read_rows(tmp_path / "x.jsonl", Prediction)) == ROWS


def test_nested_records_come_back_as_they_were(tmp_path: Path) -> None:
    files.write_rows(tmp_path / "x.jsonl", [hit("d", "text")])
    assert list(files.read_rows(tmp_path / "x.jsonl", Hit)) == [hit("d", "text")]


def test_a_torn_last_line_is_cut_off_and_whole_ones_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    files.write_rows(path, ROWS[:1])
    with path.open("ab") as file:
        file.write('{"arm": "Jürgen"'.encode()[:11])  # torn within a character
    assert list(files.read_rows(path, Prediction)) == ROWS[:1]
    with files.row_writer(path) as write:
        write(ROWS[1:])
    assert list(files.read_rows(path, Prediction)) == ROWS


def test_a_damaged_row_is_named_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"arm": 3}\n')
    with pytest.raises(DataError, match=r"x\.jsonl:1: .*delete the file"):
        list(files.read_rows(path, Prediction))


def test_a_folder_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    def fill(*, then_fail: bool) -> None:
        with files.new_folder(tmp_path / "built") as part:
            (part / "half").write_text("x")
            if then_fail:
                raise RuntimeError

    with pytest.raises(RuntimeError):
        fill(then_fail=True)
    assert not (tmp_path / "built").exists()
    fill(then_fail=False)
    assert (tmp_path / "built" / "half").exists()


def test_a_full_disk_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StorageError, match="No space left on device; free some space"):
        files.write_text(tmp_path / "x", "text")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no /proc here")
def test_a_place_that_takes_no_folder_is_one_clear_line() -> None:
    for place in (Path("/proc/here"), Path("/proc/here/and/there")):
        line = f"^{place}: no folder can be made there; .*--out"
        with pytest.raises(StorageError, match=line), files.storage_errors(place):
            place.mkdir(parents=True)
        with pytest.raises(StorageError, match=line), files.new_folder(place):
            pass
        with pytest.raises(StorageError, match=line):
            files.write_text(place, "text")


def test_a_file_that_is_missing_elsewhere_is_not_taken_for_a_full_disk(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), files.row_writer(tmp_path / "rows.jsonl"):
        (tmp_path / "absent").read_text()


def test_the_digest_of_source_depends_on_its_text() -> None:
    assert files.source_digest("types") != files.source_digest("errors")
    assert files.source_digest("text") == files.source_digest("text")
