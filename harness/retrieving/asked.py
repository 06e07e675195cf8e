"""Which questions are put to the retrievers: those whose gold documents are known."""

from collections.abc import Sequence
from typing import Literal, get_args

from harness.data import sample
from harness.errors import ConfigError, DataError, did_you_mean
from harness.types import Question, QuestionSet

Split = Literal["dev", "test", "all"]


def asked(questions: QuestionSet, split: str, limit: int | None) -> tuple[Question, ...]:
    """Return the answerable questions with gold of a split, or a sample of them.

    Raises:
        ConfigError: There is no such split.
        DataError: No question of it has gold.
    """
    if split not in get_args(Split):
        hint = did_you_mean(split, get_args(Split))
        raise ConfigError(f"--split: {split!r} is none of dev, test, all; {hint}")
    found = with_gold(
        [q for q in questions.questions if split == "all" or q.split.startswith(split)]
    )
    if not found:
        raise DataError(
            f"{questions.name}: no answerable question of split {split!r} names a gold document; "
            "retrieval is measured against `gold`, so add it, or choose another --split"
        )
    return found if limit is None else sample(found, limit, seed=0)


def to_tune_on(
    questions: QuestionSet, split: str, limit: int | None
) -> tuple[tuple[Question, ...], str]:
    """Return what a setting may be chosen on, and its name: dev, or train where there is no dev.

    Raises:
        ConfigError: The results would be about the same questions.
        DataError: Neither has a question with gold.
    """
    if split != "test":
        raise ConfigError(
            f"--tune chooses on dev or train, and --split {split} reports on them too"
        )
    for name in ("dev", "train"):
        if found := with_gold([q for q in questions.questions if q.split.startswith(name)]):
            return (found if limit is None else sample(found, limit, seed=0)), name
    raise DataError(
        f"{questions.name}: neither dev nor train has a question with gold to tune on; "
        "leave out --tune"
    )


def with_gold(questions: Sequence[Question]) -> tuple[Question, ...]:
    """Return the answerable questions that name a gold document."""
    return tuple(q for q in questions if q.answerable and q.gold)
