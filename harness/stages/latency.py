"""How long one answer takes: batch size 1, after a warm-up, arms interleaved."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from harness.arms import Arm
from harness.results import Span
from harness.timing import Stopwatch
from harness.types import Hit, Question

Read = Callable[[Question, Stopwatch], tuple[Hit, ...] | None]
"""Finds an arm's passages for one question, booking `embed`, `search` and `rerank`; None where
the arm is not asked it."""


def measure(
    arms: Mapping[str, tuple[Arm, Read]],
    questions: Sequence[Question],
    warmup: Sequence[Question],
    clock: Callable[[], float],
    first: int = 0,
) -> Iterator[list[Span]]:
    """Yield the spans of one answer at a time, each question put to every arm before the next.

    The arms take turns in going first, so that drift of the machine and what one arm leaves in
    the caches fall on all alike. Warm-up answers are made first and not measured. Answers are
    numbered from `first` on. What an arm is not asked has no spans.
    """
    for question in warmup:
        for arm, read in arms.values():
            watch = Stopwatch(clock)
            if (hits := read(question, watch)) is not None:
                arm.answer(question, hits, watch)
    names, order = list(arms), first
    for turn, question in enumerate(questions):
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            arm, read = arms[name]
            start, watch = clock(), Stopwatch(clock)
            if (hits := read(question, watch)) is not None:
                arm.answer(question, hits, watch)
                watch.add("total", clock() - start)
            yield [
                Span(name, question.id, order, span, 1000 * seconds)
                for span, seconds in (watch.seconds.items() if hits is not None else ())
            ]
            order += 1
