"""The command line: one line for what a user can cause, never a traceback."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli import app

ROOT = Path(__file__).parent.parent
POCKET = str(ROOT / "benchmarks" / "pocket.yaml")


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (["run", "none.yaml"], "harness: none.yaml: no such benchmark file"),
        (["run", POCKET, "--only", "ragg"], "--only: no arm is called 'ragg'; did you mean 'rag'?"),
        (["run", POCKET, "--dataset", "vantra"], "did you mean 'vantora'?"),
        (["list", "metrik"], "nothing to list under 'metrik'; did you mean 'metric'?"),
        (["report", "nowhere"], "nowhere: no finished run here; start one with `harness run`"),
        (["data", "check", "nowhere/at/all"], "nowhere/at/all"),
        (["data", "make", "vantra", "--out", "x"], "did you mean 'vantora'?"),
        (["data", "make", "vantora", "--out", str(ROOT / "docs")], "nothing is overwritten"),
    ],
)
def test_a_mistake_is_one_line_and_status_2(command: list[str], line: str) -> None:
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 2
    assert line in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("kind", ["metric", "retrievers", "dataset", "prompt", "prices"])
def test_what_may_stand_in_a_file_is_listed(kind: str) -> None:
    done = CliRunner().invoke(app, ["list", kind])
    assert done.exit_code == 0
    assert done.stdout.strip()


def test_a_fresh_world_is_made_and_has_no_fault(tmp_path: Path) -> None:
    made = CliRunner().invoke(
        app, ["data", "make", "vantora", "--documents", "12", "--seed", "4", "--out",
              str(tmp_path / "w")],
    )  # fmt: skip
    assert made.exit_code == 0
    checked = CliRunner().invoke(app, ["data", "check", str(tmp_path / "w")])
    assert checked.exit_code == 0
    assert "no fault" in checked.stdout


def test_faults_of_a_question_set_are_status_2(tmp_path: Path) -> None:
    (tmp_path / "corpus.jsonl").write_text('{"id": "d", "text": "x"}\n')
    (tmp_path / "questions.jsonl").write_text('{"id": "q", "question": "?", "answers": []}\n')
    done = CliRunner().invoke(app, ["data", "check", str(tmp_path)])
    assert done.exit_code == 2
    assert "questions.jsonl:1" in done.stdout
