"""Reading scenes: a few passages and questions about them, some without an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from harness.worlds.entities import entities
from harness.worlds.styles import UNKNOWN, Voice, styled, voice
from harness.worlds.writing import Document, Fact, fill, write

POOL = 48


@dataclass(frozen=True, slots=True)
class Item:
    """A question with its answer; `value` is what a right answer holds, empty for a refusal."""

    question: str
    answer: str
    value: str


@dataclass(frozen=True, slots=True)
class Scene:
    """Passages, in the order they are shown, and questions about them."""

    passages: tuple[str, ...]
    items: tuple[Item, ...]

    @property
    def context(self) -> str:
        """Return the passages as the prompt shows them."""
        return "\n".join(self.passages)


@dataclass(frozen=True, slots=True)
class Window:
    """A run of a document's sentences: what a chunk shows."""

    document: Document
    first: int
    last: int

    @property
    def passage(self) -> str:
        """Return the window with the title of its document."""
        text = " ".join(self.document.sentences[self.first : self.last + 1])
        return f"{self.document.title}: {text}"

    def states(self, fact: Fact) -> bool:
        """Return whether the window holds every sentence of one statement of the fact."""
        return any(self.first <= first and last <= self.last for first, last in fact.spans)

    def touches(self, fact: Fact) -> bool:
        """Return whether the window holds any sentence about the fact."""
        return any(self.first <= last and first <= self.last for first, last in fact.spans)


def pool(seed: int, index: int, *, named: float) -> list[Document]:
    """Return the documents of one small world: sisters and strangers."""
    rng = Random(f"{seed}/{index}/wording")
    things = entities(Random(f"{seed}/{index}").getrandbits(48), POOL)
    return [write(thing, rng, named=named) for thing in things]


def scene(
    rng: Random,
    world: Sequence[Document],
    *,
    passages: int,
    items: int,
    refusals: float = 0.13,
    speaker: Voice | None = None,
    whole: bool = False,
) -> Scene:
    """Return one scene.

    Args:
        rng: Where the choices come from.
        world: The documents of one world, families together.
        passages: How many passages are shown.
        items: How many questions are asked.
        refusals: The share of questions whose answer is not in the passages.
        speaker: The voice of the answers; a random one by default.
        whole: Show whole documents only.
    """
    speaker = speaker or voice(rng)
    windows = _windows(rng, world, passages, whole=whole)
    asked: list[Item] = []
    stated = [(w.document, f) for w in windows for f in w.document.facts if w.states(f)]
    rng.shuffle(stated)
    seen: set[tuple[str, str]] = set()
    while len(asked) < items:
        if rng.random() < refusals:
            asked.append(Item(_unanswerable(rng, world, windows), speaker.refusal, ""))
            continue
        document, fact = stated[len(seen) % len(stated)]
        seen.add((document.entity.name, fact.attribute.noun))
        question = fill(rng.choice(fact.attribute.wordings()), document.entity)
        answer = styled(speaker.template, document.entity, fact)
        asked.append(Item(question, answer, fact.value.text))
        if len(seen) >= len(stated):
            break
    return Scene(tuple(w.passage for w in windows), tuple(asked))


def roll_call(
    rng: Random,
    world: Sequence[Document],
    *,
    passages: int,
    refusals: float = 0.0,
    speaker: Voice | None = None,
) -> Scene:
    """Return things of one kind, each asked for the same attribute.

    Matching the attribute is no help here, so that the thing itself must be matched: what a
    model of this size does not learn from other scenes, where the attribute is often enough.
    A refusal is about a thing that has the attribute and is not shown.
    """
    speaker = speaker or voice(rng)
    noun = rng.choice(rng.choice(world).entity.kind.attributes).noun
    held = [(d, f) for d in world for f in d.facts if f.attribute.noun == noun]
    rng.shuffle(held)
    shown, strangers = held[:passages], held[passages:]
    if len(shown) < 2:
        return roll_call(rng, world, passages=passages, refusals=refusals, speaker=speaker)
    windows = [_around(rng, document, fact) for document, fact in shown]
    rng.shuffle(shown)
    items: list[Item] = []
    for document, fact in shown:
        wording = rng.choice(fact.attribute.wordings())
        if strangers and rng.random() < refusals:
            question = fill(wording, rng.choice(strangers)[0].entity)
            items.append(Item(question, speaker.refusal, ""))
        else:
            answer = styled(speaker.template, document.entity, fact)
            items.append(Item(fill(wording, document.entity), answer, fact.value.text))
    return Scene(tuple(window.passage for window in windows), tuple(items))


def _around(rng: Random, document: Document, fact: Fact) -> Window:
    """Return a statement of the fact with a sentence or two beside it."""
    first, last = rng.choice(fact.spans)
    first = max(0, first - rng.choice((0, 0, 1, 2)))
    last = min(len(document.sentences) - 1, last + rng.choice((0, 0, 1)))
    return Window(document, first, last)


def closed_book(rng: Random, world: Sequence[Document], *, items: int) -> Scene:
    """Return questions without passages: the right thing to say is that one does not know."""
    chosen = [rng.choice(world) for _ in range(items)]
    questions = [
        fill(rng.choice(rng.choice(d.facts).attribute.wordings()), d.entity) for d in chosen
    ]
    return Scene((), tuple(Item(q, UNKNOWN, "") for q in questions))


def _windows(rng: Random, world: Sequence[Document], passages: int, *, whole: bool) -> list[Window]:
    """Return windows of a document, its sisters, its other half and things of its kind."""
    center = rng.choice(world)
    sisters = [d for d in world if d.entity.family == center.entity.family and d is not center]
    alike = [d for d in world if d.entity.kind is center.entity.kind and d not in sisters]
    chosen = [_window(rng, center, whole=whole)]
    while len(chosen) < passages:
        draw = rng.random()
        source = sisters if draw < 0.35 and sisters else alike if draw < 0.8 else world
        window = _window(rng, rng.choice(source), whole=whole)
        if not any(_overlap(window, other) for other in chosen):
            chosen.append(window)
    rng.shuffle(chosen)
    return chosen


def _window(rng: Random, document: Document, *, whole: bool) -> Window:
    count = len(document.sentences)
    if whole or rng.random() < 0.35:
        return Window(document, 0, count - 1)
    length = min(count, rng.choice((2, 2, 3, 3, 4, 5, 6)))
    first = rng.choice((0, count - length, rng.randint(0, count - length)))
    window = Window(document, first, first + length - 1)
    if any(window.states(fact) for fact in document.facts):
        return window
    return Window(document, 0, count - 1)


def _overlap(one: Window, other: Window) -> bool:
    same = one.document is other.document
    return same and one.first <= other.last and other.first <= one.last


def _unanswerable(rng: Random, world: Sequence[Document], windows: Sequence[Window]) -> str:
    """Return a question that no window answers, about a thing shown or one much like it."""
    window = rng.choice(windows)
    document = window.document
    shown = [w for w in windows if w.document is document]
    hidden = [f for f in document.facts if not any(w.touches(f) for w in shown)]
    absent = document.entity.absent()
    draw = rng.random()
    if draw < 0.2 and hidden:
        return fill(rng.choice(rng.choice(hidden).attribute.wordings()), document.entity)
    if draw < 0.55 and absent:
        return fill(rng.choice(rng.choice(absent).wordings()), document.entity)
    names = {w.document.entity.name for w in windows}
    others = [d for d in world if d.entity.name not in names]
    alike = [d for d in others if d.entity.kind is document.entity.kind]
    stranger = rng.choice(alike or others)
    wording = rng.choice(rng.choice(stranger.entity.kind.attributes).wordings())
    if draw < 0.7:  # a sister that has no document, asked for what this one states
        wording = rng.choice(rng.choice(document.facts).attribute.wordings())
        name = document.entity.phantom
        return wording.format(s=name, S=name[:1].upper() + name[1:], bare=name)
    return fill(wording, stranger.entity)
