"""An arm that is not ours: a file of answers, or a Python callable around any pipeline."""

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from harness.arms import Contexts
from harness.data.faults import Place, Strict
from harness.data.lines import read_jsonl
from harness.errors import ConfigError, DataError
from harness.timing import Stopwatch
from harness.types import Failure, Prediction, Question

EXPECTED = "a pipeline returns text, or (text, passages as texts or document ids)"

ROW = 'a line is {"question_id": ..., "answer": ..., "passages": [...]}, the last at will'


@dataclass(frozen=True, slots=True)
class Given:
    """One line of a file of answers; passages are texts or document ids."""

    question_id: str
    answer: str
    passages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class External:
    """Answers by a function; what it used of tokens is unknown."""

    name: str
    call: Callable[[Question], str | tuple[str, Sequence[str]]]
    batch_size: int = 32
    seed: int = 0

    def answer_many(
        self, questions: Sequence[Question], contexts: Contexts, watch: Stopwatch
    ) -> list[Prediction]:
        """Return one prediction per question; an error, or what is no answer, is a failure row."""
        predictions = []
        for question in questions:
            with watch.span("model"):
                outcome = self._outcome(question)
            text, passages, failure = (
                ("", (), outcome) if isinstance(outcome, Failure) else (*outcome, None)
            )
            predictions.append(
                Prediction(
                    arm=self.name,
                    seed=self.seed,
                    split=question.split,
                    question_id=question.id,
                    text=text,
                    passages=passages,
                    failure=failure,
                )
            )
        return predictions

    def _outcome(self, question: Question) -> tuple[str, tuple[str, ...]] | Failure:
        try:
            return _unpacked(self.call(question))
        except Exception as error:  # noqa: BLE001 - the pipeline under test may raise anything
            message = str(error).encode(errors="replace").decode()
            transient = isinstance(error, TimeoutError | ConnectionError)
            return Failure(type(error).__name__, message, transient)


def _unpacked(returned: object) -> tuple[str, tuple[str, ...]]:
    """Return text and passages of what a pipeline returned.

    Raises:
        TypeError: It is neither text nor (text, passages).
        UnicodeEncodeError: A text holds half of a surrogate pair, which no file can keep.
    """
    pair = (returned, ()) if isinstance(returned, str) else returned
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise TypeError(f"{EXPECTED}, not {type(returned).__name__}")
    text, passages = pair
    if not isinstance(text, str) or not isinstance(passages, Sequence) or isinstance(passages, str):
        raise TypeError(f"{EXPECTED}, not ({type(text).__name__}, {type(passages).__name__})")
    for one in (text, *passages):
        if not isinstance(one, str):
            raise TypeError(f"{EXPECTED}; a passage is a {type(one).__name__}")
        try:
            one.encode()
        except UnicodeEncodeError as error:
            error.reason += f"; {EXPECTED} that UTF-8 can hold"
            raise
    return text.strip(), tuple(passages)


def from_file(name: str, path: Path, *, seed: int = 0) -> External:
    """Return an arm that reads its answers from JSON lines {question_id, answer, passages?}.

    A question that the file does not answer is a failure, so that it stays in every mean.

    Raises:
        DataError: The file is absent, a line is not such a row, or an id stands there twice.
    """
    answers = {row.question_id: row for _, row in _rows(path)}
    return External(name, _Lookup(answers, path), seed=seed)


def check_answers(name: str, path: Path, askable: Iterable[str]) -> None:
    """Refuse a file of answers that answers nothing.

    Args:
        name: Of the arm.
        path: The file.
        askable: Ids of all questions that the arm may be asked, whatever the limit.

    Raises:
        DataError: No row is about one of them, or the file cannot be understood.
    """
    given, wanted = [row.question_id for _, row in _rows(path)], list(askable)
    if not given:
        raise DataError(f"arm {name!r}: {path} holds no answers; {ROW}")
    if wanted and set(given).isdisjoint(wanted):
        raise DataError(
            f"arm {name!r}: {path} answers none of the {len(wanted):,} questions, such as "
            f"{wanted[0]!r}; its ids are others, such as {given[0]!r}"
        )


def mismatch(path: Path, asked: Iterable[str], known: Iterable[str]) -> str:
    """Return in words what a file of answers lacks and has too much; empty where all fits.

    Args:
        path: The file.
        asked: Ids of the questions that were asked.
        known: Ids of all questions of the set.

    Raises:
        DataError: The file cannot be understood.
    """
    rows, wanted, there = _rows(path), set(asked), set(known)
    missing = len(wanted - {row.question_id for _, row in rows})
    unknown = [(place, row) for place, row in rows if row.question_id not in there]
    found = [f"no answer for {missing:,} of {len(wanted):,} questions"] if missing else []
    if unknown:
        place, row = unknown[0]
        many = f"{len(unknown):,} rows name questions that are"
        names = "1 row names a question that is" if len(unknown) == 1 else many
        found.append(f"{names} not in the set (line {place.line}: {row.question_id!r})")
    return f"{path}: {'; '.join(found)}" if found else ""


def _rows(path: Path) -> list[tuple[Place, Given]]:
    adapter, found, seen = TypeAdapter(Given), list[tuple[Place, Given]](), set[str]()
    for raw in read_jsonl(path, Strict()):
        try:
            row = adapter.validate_python(raw.fields)
        except ValidationError as error:
            problem = error.errors()[0]
            where = ".".join(str(part) for part in problem["loc"]) or "line"
            raise DataError(f"{raw.place}: {where}: {problem['msg']}") from error
        if row.question_id in seen:
            raise DataError(f"{raw.place}: question {row.question_id!r} is answered twice")
        seen.add(row.question_id)
        found.append((raw.place, row))
    return found


@dataclass(frozen=True, slots=True)
class _Lookup:
    answers: Mapping[str, Given]
    path: Path

    def __call__(self, question: Question) -> tuple[str, tuple[str, ...]]:
        if question.id not in self.answers:
            raise LookupError(f"{self.path} has no answer to question {question.id!r}")
        row = self.answers[question.id]
        return row.answer, row.passages


def from_callable(name: str, target: str, *, seed: int = 0) -> External:
    """Return an arm around `module:function`, which takes the question's text.

    It returns the answer, or (answer, passages). It sees nothing but the text. The module is
    looked for in the working folder first.

    Raises:
        ConfigError: There is no such module or function, or importing it fails.
    """
    module, _, attribute = target.partition(":")
    _look_in_working_folder()
    try:
        function = getattr(import_module(module), attribute)
    except (Exception, SystemExit) as error:
        raise _not_importable(f"arm {name!r}", target, error) from error
    if not callable(function):
        raise ConfigError(f"arm {name!r}: {target!r} cannot be called; it is {function!r:.40}")
    return External(name, lambda question: function(question.text), seed=seed)


def callable_source(target: str) -> str:
    """Return the SHA-256, in hex, of the file that holds the module of a `module:function`.

    The module is not imported, though the packages around it are. What it imports in its turn
    does not count.

    Raises:
        ConfigError: There is no such module, or it has no file of its own.
    """
    module = target.partition(":")[0]
    _look_in_working_folder()
    try:
        spec = find_spec(module)
        if spec is None or not spec.has_location or spec.origin is None:
            raise ModuleNotFoundError(f"no file holds a module {module!r}")
        return sha256(Path(spec.origin).read_bytes()).hexdigest()
    except (Exception, SystemExit) as error:
        raise _not_importable("callable", target, error) from error


def _look_in_working_folder() -> None:
    """Let modules in the working folder be imported, which a console script does not."""
    here = os.getcwd()
    if "" not in sys.path and here not in sys.path:
        sys.path.insert(0, here)


def _not_importable(place: str, target: str, error: BaseException) -> ConfigError:
    said = " ".join(f"{type(error).__name__}: {error}".split())
    return ConfigError(
        f"{place}: cannot import {target!r} ({said}); "
        "write 'module:function' and run from where the module can be imported"
    )
