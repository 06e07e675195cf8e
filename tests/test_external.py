import hashlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness import data, runner
from harness.errors import ConfigError, DataError
from harness.external import (
    External,
    callable_source,
    check_answers,
    from_callable,
    from_file,
    mismatch,
)
from harness.timing import Stopwatch
from tests.fakes import question

RUN = """
dataset: tiny
model: {{path: pocket}}
arms:
  theirs: {{type: external, answers: {answers}}}
  broken: {{type: external, callable: "tests.test_external:refuse"}}
metrics: {{primary: contains}}
"""


def test_answers_come_from_a_file_and_a_missing_one_is_a_failure(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text('{"question_id": "q1", "answer": " yes ", "passages": ["d1"]}\n')
    found, missing = from_file("theirs", path).answer_many(
        [question(1), question(2)], {}, Stopwatch()
    )
    assert (found.text, found.passages, found.tokens_in) == ("yes", ("d1",), None)
    assert missing.failure is not None
    assert "no answer to question 'q2'" in missing.failure.message


def answers(path: Path, *ids: str) -> Path:
    path.write_text("".join(f'{{"question_id": "{id}", "answer": "a"}}\n' for id in ids))
    return path


def test_a_file_that_answers_no_question_is_refused_with_an_id_of_either_side(
    tmp_path: Path,
) -> None:
    path = answers(tmp_path / "answers.jsonl", "0", "1")
    with pytest.raises(DataError) as told:
        check_answers("theirs", path, ["q1", "q2"])
    assert str(told.value) == (
        f"arm 'theirs': {path} answers none of the 2 questions, such as 'q1'; "
        "its ids are others, such as '0'"
    )
    check_answers("theirs", path, ["q1", "1"])
    with pytest.raises(DataError, match="holds no answers; a line is"):
        check_answers("theirs", answers(tmp_path / "empty.jsonl"), ["q1"])


def test_what_a_file_of_answers_lacks_and_has_too_much_is_said_with_a_line(tmp_path: Path) -> None:
    path = answers(tmp_path / "answers.jsonl", "q1", "train", "odd", "q3", "strange")
    asked, known = ["q1", "q2"], ["q1", "q2", "q3", "train"]
    assert mismatch(path, asked, known) == (
        f"{path}: no answer for 1 of 2 questions; 2 rows name questions that are not in the set "
        "(line 3: 'odd')"
    )
    assert mismatch(path, ["q1"], [*known, "odd"]).endswith(
        "answers.jsonl: 1 row names a question that is not in the set (line 5: 'strange')"
    )
    assert mismatch(path, ["q1", "q3"], [*known, "odd", "strange"]) == ""


def test_a_run_says_how_far_a_file_of_answers_fits_and_why_questions_failed(
    tmp_path: Path,
) -> None:
    known = [q.id for q in data.load("tiny").test]
    path = answers(tmp_path / "answers.jsonl", *known[:-2], "unknown-id")
    file = tmp_path / "theirs.yaml"
    file.write_text(RUN.format(answers=path))
    told = runner.run(file, runner.Options(out=tmp_path / "out", device="cpu")).records.warnings
    assert (
        f"theirs: {path}: no answer for 2 of {len(known)} questions; 1 row names a question that "
        f"is not in the set (line {len(known) - 1}: 'unknown-id')"
    ) in told
    [failed] = [line for line in told if line.startswith("broken: ")]
    assert failed.startswith(f"broken: {len(known)} questions failed (ValueError, such as: not ")
    assert failed.endswith(" …)")
    assert len(failed) < 200


def test_an_answer_given_twice_is_an_error_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text('{"question_id": "q1", "answer": "a"}\n' * 2)
    with pytest.raises(DataError, match=r"answers\.jsonl:2: question 'q1' is answered twice"):
        from_file("theirs", path)


def test_a_line_without_an_answer_is_an_error_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text('{"question_id": "q1"}\n')
    with pytest.raises(DataError, match=r"answers\.jsonl:1: answer"):
        from_file("theirs", path)


def test_a_callable_sees_the_text_alone_and_what_it_raises_is_a_row() -> None:
    first, second = from_callable("theirs", "tests.test_external:shout").answer_many(
        [question(1, "hello"), question(2, "break")], {}, Stopwatch()
    )
    assert (first.text, first.passages) == ("HELLO", ("d7",))
    assert second.failure is not None
    assert (second.failure.kind, second.failure.message) == ("ValueError", "cannot")


def test_a_callable_that_cannot_be_imported_is_a_clear_error() -> None:
    with pytest.raises(ConfigError, match="cannot import 'nowhere:x'"):
        from_callable("theirs", "nowhere:x")


@pytest.mark.parametrize(
    ("returned", "kind"),
    [
        (None, "TypeError"),
        (5, "TypeError"),
        (("x", None), "TypeError"),
        (("x", [object()]), "TypeError"),
        (("x", "d1"), "TypeError"),
        (("x", ["d1"], 3), "TypeError"),
        ((None, ["d1"]), "TypeError"),
        ({"answer": "x", "passages": []}, "TypeError"),
        ("half \ud800 a character", "UnicodeEncodeError"),
        (("x", ["\udfff"]), "UnicodeEncodeError"),
    ],
)
def test_what_is_no_answer_is_a_failure_row_that_says_what_one_is(
    returned: object, kind: str
) -> None:
    arm = External("theirs", lambda question: returned)  # type: ignore[arg-type, return-value]
    [row] = arm.answer_many([question(1)], {}, Stopwatch())
    assert row.failure is not None
    assert (row.failure.kind, row.text, row.passages) == (kind, "", ())
    assert "a pipeline returns text, or (text, passages as texts or document ids)" in (
        row.failure.message
    )


@pytest.mark.parametrize(
    ("error", "transient"),
    [
        (TimeoutError("slow"), True),
        (ConnectionResetError("gone"), True),
        (ValueError("wrong"), False),
        (FileNotFoundError("absent"), False),
    ],
)
def test_what_may_pass_by_itself_is_tried_again(error: Exception, transient: bool) -> None:
    [row] = External("theirs", raising(error)).answer_many([question(1)], {}, Stopwatch())
    assert row.failure is not None
    assert (row.failure.kind, row.failure.transient) == (type(error).__name__, transient)


def test_an_error_whose_message_is_half_a_character_can_be_written() -> None:
    arm = External("theirs", raising(ValueError("bad \ud800")))
    [row] = arm.answer_many([question(1)], {}, Stopwatch())
    assert row.failure is not None
    assert row.failure.message.encode() == b"bad ?"


def raising(error: Exception) -> Callable[[object], str]:
    def call(question: object) -> str:
        raise error

    return call


def test_rows_carry_the_seed_of_their_run(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text('{"question_id": "q1", "answer": "yes"}\n')
    for arm in (
        from_file("theirs", path, seed=7),
        from_callable("theirs", "tests.test_external:shout", seed=7),
    ):
        assert [p.seed for p in arm.answer_many([question(1)], {}, Stopwatch())] == [7]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Work in an empty folder, with the modules as a console script finds them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [p for p in sys.path if p not in ("", str(tmp_path))])
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_a_module_in_the_working_folder_is_found(folder: Path) -> None:
    (folder / "their_pipeline.py").write_text("def reply(text):\n    return text.title()\n")
    arm = from_callable("theirs", "their_pipeline:reply")
    assert arm.answer_many([question(1, "hello")], {}, Stopwatch())[0].text == "Hello"
    assert sys.path.count(str(folder)) == 1


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def reply(:\n", "SyntaxError"),
        ("nonsense\n", "NameError"),
        ("raise RuntimeError('one\\ntwo')\n", "RuntimeError: one two"),
        ("raise SystemExit(3)\n", "SystemExit"),
        ("reply = 5\n", "cannot be called"),
    ],
)
def test_a_module_that_cannot_be_used_is_an_error_of_one_line(
    folder: Path, source: str, said: str
) -> None:
    (folder / "their_broken.py").write_text(source)
    with pytest.raises(ConfigError, match=r"arm 'theirs': .*'their_broken:reply'") as error:
        from_callable("theirs", "their_broken:reply")
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_the_source_of_a_callable_is_the_bytes_of_its_file(folder: Path) -> None:
    file = folder / "their_source.py"
    file.write_text("def reply(text):\n    return text\n")
    first = callable_source("their_source:reply")
    assert first == hashlib.sha256(file.read_bytes()).hexdigest()
    assert "their_source" not in sys.modules
    file.write_text("def reply(text):\n    return 'new'\n")
    assert callable_source("their_source:reply") != first


@pytest.mark.parametrize("target", ["nowhere:x", "nowhere.deep:x", "sys:exit", "bare:", ":x", ""])
def test_a_callable_without_a_file_is_a_clear_error(folder: Path, target: str) -> None:
    (folder / "bare").mkdir()
    with pytest.raises(ConfigError, match="module:function"):
        callable_source(target)


def shout(text: str) -> tuple[str, list[str]]:
    if text == "break":
        raise ValueError("cannot")
    return text.upper(), ["d7"]


def refuse(text: str) -> str:
    raise ValueError(f"not {text}\n" + "at all " * 50)
