"""Pairs about everyday scenes, where words stand for wider and narrower ones.

A person plays an instrument where a man plays a guitar, and not the other way round.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from random import Random

from harness.entailment.everyday import (
    ADJECTIVES,
    AGENTS,
    DEEDS,
    OPPOSITE_PLACE,
    PLACES,
    SYNONYMS,
)
from harness.entailment.pair import Pair


@dataclass(frozen=True, slots=True)
class _Scene:
    agent: str
    deed: int
    object: str
    adjective: str = ""
    place: str = ""
    count: str = ""
    verb: str = ""


def scene_pairs(rng: Random, count: int) -> Iterator[Pair]:
    """Yield `count` pairs, half of them supported."""
    for number in range(count):
        scene = _scene(rng)
        said = [scene] + [_scene(rng) for _ in range(rng.choice((0, 0, 0, 1, 2)))]
        rng.shuffle(said)
        premise = " ".join(_said(s, rng) for s in said)
        if number % 2 == 0:
            yield Pair(premise, _said(_wider(scene, rng), rng), 1, "scene")
        else:
            text, kind = _wrong(scene, rng)
            yield Pair(premise, text, 0, f"scene {kind}")


def _scene(rng: Random) -> _Scene:
    deed = rng.randrange(len(DEEDS))
    object_ = rng.choice(list(DEEDS[deed][1]))
    agent = rng.choice([a for a in AGENTS if a != object_])
    return _Scene(
        agent, deed, object_,
        rng.choice(rng.choice(ADJECTIVES)) if rng.random() < 0.4 else "",
        rng.choice(PLACES)[0] if rng.random() < 0.5 else "",
        "two" if rng.random() < 0.12 else "",
    )  # fmt: skip


def _article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def _plural(noun: str) -> str:
    irregular = {"man": "men", "woman": "women", "child": "children", "person": "people"}
    if noun.split()[-1] in irregular:
        return noun[: -len(noun.split()[-1])] + irregular[noun.split()[-1]]
    return noun[:-1] + "ies" if noun[-1] == "y" and noun[-2] not in "aeiou" else noun + "s"


def _said(scene: _Scene, rng: Random, *, negated: bool = False) -> str:
    subject = f"{scene.adjective} {scene.agent}".strip()
    verb = scene.verb or DEEDS[scene.deed][0]
    place = f" {scene.place}" if scene.place else ""
    article = "the" if rng.random() < 0.3 else ""
    if scene.count:
        who, be = f"{article} {scene.count} {_plural(subject)}".strip(), "are"
    else:
        who, be = (f"the {subject}" if article else _article(subject)), "is"
    what = f"the {scene.object}" if rng.random() < 0.3 else _article(scene.object)
    draw = rng.random()
    if negated and draw < 0.6 and not scene.count:
        text = f"There is no {subject} {verb} {what}{place}"
    elif draw < 0.2 and not article:
        text = f"There {be} {who} {verb} {what}{place}"
    elif draw < 0.4:
        no = " not" if negated else ""
        text = f"{what} is{no} being {_passive(verb)} by {who}{place}"
    else:
        no = " not" if negated else ""
        text = f"{who} {be}{no} {verb} {what}{place}"
    return f"{text[:1].upper()}{text[1:]}."


_PARTICIPLES = {
    "eating": "eaten", "riding": "ridden", "throwing": "thrown", "driving": "driven",
    "feeding": "fed", "reading": "read", "cutting": "cut", "having": "had", "holding": "held",
    "catching": "caught", "writing": "written", "buying": "bought", "leaving": "left",
    "throwing away": "thrown away", "travelling on": "travelled on", "petting": "petted",
    "running after": "run after", "running away from": "run away from", "going up": "gone up",
    "giving food to": "given food to", "looking through": "looked through",
    "chasing": "chased", "slicing": "sliced", "wiping": "wiped", "preparing": "prepared",
    "dropping": "dropped", "closing": "closed", "stroking": "stroked", "scaring": "scared",
    "tuning": "tuned", "jumping from": "jumped from", "performing on": "performed on",
    "ignoring": "ignored",
}  # fmt: skip


def _passive(verb: str) -> str:
    return _PARTICIPLES.get(verb) or verb.removesuffix("ing") + "ed"


def _wider(scene: _Scene, rng: Random) -> _Scene:
    """Return the scene with things left out or said in wider words."""
    for _ in range(rng.choice((0, 1, 1, 2, 3))):
        match rng.randrange(6):
            case 0:
                scene = replace(scene, adjective="")
            case 1:
                wide = {p: w for p, w in PLACES if w}
                scene = replace(scene, place=rng.choice(("", wide.get(scene.place, ""))))
            case 2:
                scene = replace(scene, agent=AGENTS.get(scene.agent, scene.agent))
            case 3:
                objects = DEEDS[scene.deed][1]
                scene = replace(scene, object=objects.get(scene.object, scene.object))
            case 4:
                scene = replace(scene, verb=DEEDS[scene.deed][2])
            case _:
                scene = replace(scene, agent=SYNONYMS.get(scene.agent, scene.agent))
    return scene


def _wrong(scene: _Scene, rng: Random) -> tuple[str, str]:
    """Return a sentence that the scene does not support, and why."""
    while True:
        kind = rng.choice(("negation", "negation", *_CHANGES))
        kept = _wider(scene, rng) if rng.random() < 0.4 else scene
        if kind == "negation":
            return _said(kept, rng, negated=True), kind
        if changed := _CHANGES[kind](scene, kept, rng):
            return _said(changed, rng), kind


def _other_agent(scene: _Scene, kept: _Scene, rng: Random) -> _Scene:
    return replace(kept, agent=rng.choice([a for a in AGENTS if a not in _related(scene.agent)]))


def _other_object(scene: _Scene, kept: _Scene, rng: Random) -> _Scene:
    own = DEEDS[scene.deed][1]
    near = [o for o in own if o != scene.object]
    far = [o for deed in DEEDS for o in deed[1] if o not in own and _fits(o, scene.object)]
    return replace(kept, object=rng.choice(near if rng.random() < 0.6 else far))


def _other_deed(scene: _Scene, kept: _Scene, rng: Random) -> _Scene:
    verbs = [
        deed[0]
        for n, deed in enumerate(DEEDS)
        if n != scene.deed and any(_fits(o, scene.object) for o in deed[1])
    ]
    return replace(kept, verb=rng.choice(verbs))


def _fits(one: str, other: str) -> bool:
    """Return whether both are alive or neither is: what is done to the one can be to the other."""
    return (one in _LIVING) == (other in _LIVING)


def _rival_deed(scene: _Scene, kept: _Scene, rng: Random) -> _Scene:
    return replace(kept, verb=DEEDS[scene.deed][3])


def _other_adjective(scene: _Scene, kept: _Scene, rng: Random) -> _Scene | None:
    return replace(kept, adjective=_CONTRARY[scene.adjective]) if scene.adjective else None


def _other_place(scene: _Scene, kept: _Scene, rng: Random) -> _Scene | None:
    if not scene.place:
        return None
    wide = dict(PLACES)[scene.place]
    if wide and rng.random() < 0.4:
        return replace(kept, place=OPPOSITE_PLACE[wide])
    return replace(kept, place=rng.choice([p for p, _ in PLACES if p != scene.place]))


def _turned(scene: _Scene, kept: _Scene, rng: Random) -> _Scene | None:
    if scene.object not in AGENTS:
        return None
    return replace(scene, agent=scene.object, object=scene.agent, adjective="")


def _described(scene: _Scene, kept: _Scene, rng: Random) -> _Scene | None:
    adjective = rng.choice(rng.choice(ADJECTIVES))
    return None if scene.adjective else replace(scene, adjective=adjective)


def _placed(scene: _Scene, kept: _Scene, rng: Random) -> _Scene | None:
    return None if scene.place else replace(kept, place=rng.choice(PLACES)[0])


_LIVING = {o for deed in DEEDS for o, wide in deed[1].items() if wide in ("animal", "child")}
_CONTRARY = {a: b for x, y in ADJECTIVES for a, b in ((x, y), (y, x))}
_CHANGES: dict[str, Callable[[_Scene, _Scene, Random], _Scene | None]] = {
    "agent": _other_agent,
    "object": _other_object,
    "deed": _other_deed,
    "rival": _rival_deed,
    "adjective": _other_adjective,
    "place": _other_place,
    "roles": _turned,
    "described": _described,
    "placed": _placed,
}


def _related(agent: str) -> set[str]:
    """Return the words that may stand for the agent, wider or narrower."""
    wide = AGENTS.get(agent, "")
    wider = {agent, wide, AGENTS.get(wide, "")}
    return wider | {narrow for narrow, over in AGENTS.items() if over == agent}
