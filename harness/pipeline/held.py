"""The questions that must not be trained on: dev and test of every question set at hand."""

from collections.abc import Iterable, Sequence

from harness import data
from harness.pipeline.contamination import Held
from harness.pipeline.settings import Settings
from harness.pipeline.sources import Source
from harness.types import QuestionSet


def held_questions(sources: Sequence[Source], settings: Settings) -> Held:
    """Return the questions of the sets in `against`, and of those among the sources.

    Raises:
        HarnessError: There is no such set.
    """
    sets = [data.load(name) for name in settings.against]
    sets += [s.place for s in sources if isinstance(s.place, QuestionSet)]
    return Held(tuple(_held(sets)), settings.overlap)


def _held(sets: Iterable[QuestionSet]) -> Iterable[tuple[str, str]]:
    for questions in sets:
        for question in questions.questions:
            if question.split != "train":
                yield f"{questions.name}/{question.id}", question.text
