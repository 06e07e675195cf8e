from pathlib import Path

import pytest

from harness.errors import ConfigError, DataError
from harness.external import from_callable, from_file
from harness.timing import Stopwatch
from tests.fakes import question


def test_answers_come_from_a_file_and_a_missing_one_is_a_failure(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text('{"question_id": "q1", "answer": " yes ", "passages": ["d1"]}\n')
    found, missing = from_file("theirs", path).answer_many(
        [question(1), question(2)], {}, Stopwatch()
    )
    assert (found.text, found.passages, found.tokens_in) == ("yes", ("d1",), None)
    assert missing.failure is not None
    assert "no answer to question 'q2'" in missing.failure.message


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


def shout(text: str) -> tuple[str, list[str]]:
    if text == "break":
        raise ValueError("cannot")
    return text.upper(), ["d7"]
