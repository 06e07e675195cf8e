"""Whether answers to learn are text alone, and do not speak the model's language of roles."""

import re
from collections.abc import Sequence

from harness.errors import DataError
from harness.generation.rendering import Rendering
from harness.training.segments import Encoded, Example
from harness.types import Message

TURN = re.compile(r"<[^<>\s]+>|\[/?[A-Z_]+\]")
"""What the marks of turns look like in chat templates: <|user|>, <start_of_turn>, [INST]."""


def check_targets(examples: Sequence[Example], rendering: Rendering, weights: str) -> None:
    """Check that no answer holds a mark by which the model tells who speaks, or that a text ends.

    Such a mark in a text is read as the thing itself: the model would learn to end an answer
    early, or to speak for the user.

    Raises:
        DataError: One does.
    """
    marks = marks_of(rendering)
    for example in examples:
        if isinstance(example, Encoded) or example.segments[0].learn:
            continue  # a build has dropped them, and a document may be about such marks
        for segment in example.segments:
            held = [mark for mark in marks if segment.learn and mark in segment.text]
            if held:
                raise DataError(
                    f"{weights or 'training'}: the answer to {', '.join(example.questions)} holds "
                    f"{held[0]!r}, by which this model tells turns and ends of texts; answers are "
                    "plain text: take it out of them"
                )


def marks_of(rendering: Rendering) -> list[str]:
    """Return the special tokens of a model and the marks of turns in its chat template, sorted."""
    marks = {str(token) for token in rendering.tokenizer.all_special_tokens}
    if rendering.tokenizer.chat_template:
        marks |= set(TURN.findall(rendering.render([Message("user", "")])))
    return sorted(marks)
