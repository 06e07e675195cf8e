"""Ranked pairs of a model's own answers: what preference training learns from.

Every training question is answered greedily and some times with noise. Answers are ranked by
what they are worth beside the reference, and the best one is paired with worse ones.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from harness.errors import DataError
from harness.metrics.answer import Contains
from harness.metrics.rouge import RougeL
from harness.preferences.policy import Policy
from harness.stats import clusters
from harness.text.refusal import is_refusal
from harness.types import Case, Prediction, Question, Request

FEWEST = 10
"""So many pairs of each part are needed at least: fewer teach nothing and measure nothing."""

AT_A_TIME = 64
"""Questions that are answered between two reports of progress."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A training question as the model reads it."""

    question: Question
    prompt: str
    refuse: bool
    """Whether the reference is to decline: nothing that is shown answers it."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """How answers are drawn and paired."""

    samples: int
    temperature: float
    max_tokens: int
    margin: float
    """Least difference in worth of the two answers of a pair."""
    pairs_per_question: int
    held_out: float
    """Share of the clusters of questions that nothing is trained on."""


@dataclass(frozen=True, slots=True)
class RankedPair:
    """Two answers to one question, of which one is worth more."""

    question: str
    cluster: int
    """Equal for questions that share gold documents; all of them are in one part."""
    part: Literal["train", "held-out"]
    prompt: str
    chosen: str
    rejected: str
    chosen_worth: float
    rejected_worth: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """The answers that were drawn for one question, greedy first, and what each is worth."""

    asked: Asked
    cluster: int
    part: Literal["train", "held-out"]
    texts: tuple[str, ...]
    worths: tuple[float, ...]


def draw(
    policy: Policy,
    asked: Sequence[Asked],
    how: Drawing,
    *,
    seed: int,
    progress: Callable[[int], None] = lambda done: None,
) -> tuple[list[Drawn], int]:
    """Return the answers to every question, and how many tokens were read and written.

    The adapter is added to the weights it adapts, which is faster: the policy is used up.
    """
    policy.model.merge_adapter()
    together = clusters([one.question for one in asked]).tolist()
    drawn: list[Drawn] = []
    tokens = 0
    for start in range(0, len(asked), AT_A_TIME):
        some = asked[start : start + AT_A_TIME]
        prompts = [policy.prompt_ids(one.prompt) for one in some for _ in range(how.samples + 1)]
        requests = [request for one in some for request in _requests(one, how, seed)]
        written = policy.sample(prompts, requests)
        tokens += sum(map(len, prompts)) + sum(map(len, written))
        texts = iter([policy.rendering.decode(ids) for ids in written])
        for one, cluster in zip(some, together[start : start + AT_A_TIME], strict=True):
            said = tuple(next(texts) for _ in range(how.samples + 1))
            part: Literal["train", "held-out"] = (
                "held-out" if Random(f"held out {cluster}").random() < how.held_out else "train"
            )
            drawn.append(Drawn(one, cluster, part, said, worths(one, said)))
        progress(len(drawn))
    return drawn, tokens


def worths(asked: Asked, texts: Sequence[str]) -> tuple[float, ...]:
    """Return what each answer is worth, in [0, 1]: thirds, and rougeL within them.

    An answer with the right value, or a refusal where the reference is one, lies in [2/3, 1]. A
    refusal where there is an answer is worth 1/2. What claims something else lies in [0, 1/3].
    """
    question = asked.question
    cases = [Case(question, Prediction("", 0, "", question.id, t), "none") for t in texts]
    if asked.refuse:
        return tuple(1.0 if is_refusal(text) else 0.0 for text in texts)
    likeness = [stats[0] if stats else 0.0 for stats in RougeL().measure(cases)]
    contains = Contains()
    return tuple(
        (2 + like) / 3 if contains.value(case) else 0.5 if is_refusal(text) else like / 3
        for text, case, like in zip(texts, cases, likeness, strict=True)
    )


def pairs(drawn: Sequence[Drawn], how: Drawing) -> list[RankedPair]:
    """Return the best answer to each question beside worse ones, those drawn first.

    Raises:
        DataError: Too few questions have two answers that differ by the margin.
    """
    made = [pair for one in drawn for pair in _pairs(one, how)]
    for part in ("train", "held-out"):
        count = sum(pair.part == part for pair in made)
        if count < FEWEST:
            same = sum(len(set(one.texts)) == 1 for one in drawn)
            raise DataError(
                f"ranked pairs: {count} in the {part} part, {FEWEST} are needed: of {len(drawn)} "
                f"training questions {same} got the same answer every time, of the others few two "
                f"that differ by a margin of {how.margin:g}; raise temperature (now "
                f"{how.temperature:g}) or samples (now {how.samples}), go on from weights that "
                "were trained less, or give more training questions"
            )
    return made


def _pairs(one: Drawn, how: Drawing) -> Iterator[RankedPair]:
    worth = dict(zip(one.texts, one.worths, strict=True))
    best = max(worth, key=lambda text: worth[text])
    worse = [text for text in worth if worth[best] - worth[text] >= how.margin]
    for text in worse[: how.pairs_per_question]:
        yield RankedPair(
            one.asked.question.id,
            one.cluster,
            one.part,
            one.asked.prompt,
            best,
            text,
            worth[best],
            worth[text],
        )


def _requests(one: Asked, how: Drawing, seed: int) -> Iterator[Request]:
    yield Request((), how.max_tokens)
    for n in range(how.samples):
        told = hashlib.sha256(f"{seed} {one.question.id} {n}".encode()).digest()
        yield Request((), how.max_tokens, how.temperature, seed=int.from_bytes(told[:4], "big"))
