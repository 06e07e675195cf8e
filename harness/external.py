"""An arm that is not ours: a file of answers, or a Python callable around any pipeline."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from harness.arms import Contexts
from harness.data.faults import Strict
from harness.data.lines import read_jsonl
from harness.errors import ConfigError, DataError
from harness.timing import Stopwatch
from harness.types import Failure, Prediction, Question


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

    def answer_many(
        self, questions: Sequence[Question], contexts: Contexts, watch: Stopwatch
    ) -> list[Prediction]:
        """Return one prediction per question; whatever the function raises is a failure row."""
        predictions = []
        for question in questions:
            with watch.span("model"):
                outcome = self._outcome(question)
            text, passages, failure = (
                ("", (), outcome) if isinstance(outcome, Failure) else (*outcome, None)
            )
            predictions.append(
                Prediction(
                    self.name, 0, question.split, question.id, text, passages, failure=failure
                )
            )
        return predictions

    def _outcome(self, question: Question) -> tuple[str, tuple[str, ...]] | Failure:
        try:
            answer = self.call(question)
        except Exception as error:  # noqa: BLE001 - the pipeline under test may raise anything
            return Failure(type(error).__name__, str(error))
        if isinstance(answer, str):
            return answer.strip(), ()
        text, passages = answer
        return text.strip(), tuple(passages)


def from_file(name: str, path: Path) -> External:
    """Return an arm that reads its answers from JSON lines {question_id, answer, passages?}.

    A question that the file does not answer is a failure, so that it stays in every mean.

    Raises:
        DataError: The file is absent, a line is not such a row, or an id stands there twice.
    """
    adapter = TypeAdapter(Given)
    answers: dict[str, Given] = {}
    for raw in read_jsonl(path, Strict()):
        try:
            row = adapter.validate_python(raw.fields)
        except ValidationError as error:
            problem = error.errors()[0]
            where = ".".join(str(part) for part in problem["loc"]) or "line"
            raise DataError(f"{raw.place}: {where}: {problem['msg']}") from error
        if row.question_id in answers:
            raise DataError(f"{raw.place}: question {row.question_id!r} is answered twice")
        answers[row.question_id] = row
    return External(name, _Lookup(answers, path))


@dataclass(frozen=True, slots=True)
class _Lookup:
    answers: Mapping[str, Given]
    path: Path

    def __call__(self, question: Question) -> tuple[str, tuple[str, ...]]:
        if question.id not in self.answers:
            raise LookupError(f"{self.path} has no answer to question {question.id!r}")
        row = self.answers[question.id]
        return row.answer, row.passages


def from_callable(name: str, target: str) -> External:
    """Return an arm around `module:function`, which takes the question's text.

    It returns the answer, or (answer, passages). It sees nothing but the text.

    Raises:
        ConfigError: There is no such module or function.
    """
    module, _, attribute = target.partition(":")
    try:
        function = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigError(
            f"arm {name!r}: cannot import {target!r} ({error}); "
            "write 'module:function' and run from where the module can be imported"
        ) from error
    return External(name, lambda question: function(question.text))
