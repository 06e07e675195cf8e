"""What pre-training teaches when: a step's lessons follow from (seed, step, progress) alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from transformers import PreTrainedTokenizerBase

from harness.pocket.lessons import Row, copy_row, reading_rows, text_row
from harness.pocket.scenes import closed_book, pool, roll_call, scene

COPYING_UNTIL = 0.035


@dataclass(frozen=True, slots=True)
class Stage:
    """How hard reading is at some point of the training.

    Attributes:
        named: The share of sentences that name their subject.
        passages: How many passages there may be, with weights: (1 passage, 2 passages, ...).
        refusals: The share of questions without an answer.
        roll_calls: The share of scenes that ask one attribute of several things.
    """

    named: float
    passages: tuple[int, ...]
    refusals: float
    roll_calls: float


def stage(progress: float) -> Stage:
    """Return the stage at a progress in [0, 1].

    Passages grow before pronouns do: with pronouns and one passage first, the model learns to
    match the attribute and not the thing, and several passages then look like chance.
    """
    passages: tuple[int, ...] = (3, 2)
    if progress > 0.20:
        passages = (2, 3, 4, 4, 4)
    elif progress > 0.09:
        passages = (2, 3, 2)
    named = min(1.0, max(0.45, 1.0 - 0.55 * (progress - 0.68) / 0.12))
    refusals = 0.0 if progress < 0.15 else 0.25 if progress < 0.7 else 0.2
    roll_calls = 0.6 if progress < 0.72 else 0.25
    return Stage(1.0 if progress < 0.15 else named, passages, refusals, roll_calls)


def lesson(
    tokenizer: PreTrainedTokenizerBase,
    paragraphs: Sequence[list[int]],
    *,
    seed: int,
    step: int,
    progress: float,
    tokens: int,
) -> list[Row]:
    """Return the rows of one step, about `tokens` tokens of similar length."""
    rng = Random(f"{seed}/{step}")
    vocabulary = range(2, len(tokenizer))
    if progress < COPYING_UNTIL:
        half = rng.choice((12, 16, 24))
        return [copy_row(rng, vocabulary, half) for _ in range(64)]
    now = stage(progress)
    count = rng.choices(range(1, len(now.passages) + 1), now.passages)[0]
    items = 6 if count < 3 else 9
    length = 60 + 55 * count + 30 * items
    rows = max(4, tokens // length)
    world = pool(seed, step, named=now.named)
    if rng.random() < now.roll_calls:
        count = rng.randint(4, 8)
        length = 65 * count
        calls = range(tokens // length)
        share = now.refusals if progress > 0.7 else 0.0
        scenes = [roll_call(rng, world, passages=count, refusals=share) for _ in calls]
    else:
        # That nothing matches is learned from few passages first.
        refusals = now.refusals if count < 3 or progress > 0.66 else 0.3 * now.refusals
        scenes = [
            scene(rng, world, passages=count, items=items, refusals=refusals) for _ in range(rows)
        ]
    if now.refusals:
        scenes += [closed_book(rng, world, items=12) for _ in range(rng.random() < 0.5)]
    made = reading_rows(tokenizer, scenes, learn_context=[rng.random() < 0.2 for _ in scenes])
    if progress > 0.15 or step % 4 == 0:
        made.append(text_row(rng, paragraphs, length))
        made.append(copy_row(rng, vocabulary, rng.choice((24, 48, 96))))
    return made
