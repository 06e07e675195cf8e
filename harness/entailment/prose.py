"""Pairs from running prose: what a passage says in fewer or other words, and what it does not."""

from collections.abc import Iterator, Sequence
from random import Random

from harness.entailment import edits
from harness.entailment.pair import Pair
from harness.text.sentences import sentences

_KEEPING: tuple[edits.Edit, ...] = (edits.shorten, edits.same, edits.spell_numbers, edits.turn)


def prose_pairs(passages: Sequence[str], rng: Random, *, each: int) -> Iterator[Pair]:
    """Yield about `each` pairs per passage, as many supported as not.

    Of the unsupported ones a third are said by a sentence that was taken out of the passage, so
    they share its subject; the others are a sentence of it with one thing changed.
    """
    strangers = [s for p in rng.sample(list(passages), min(300, len(passages))) for s in _clean(p)]
    for passage in passages:
        said = _clean(passage)
        if len(said) < 2:
            continue
        for turn in range(each):
            at = rng.randrange(len(said))
            if turn % 2 == 0:
                yield Pair(" ".join(said), kept(said[at], rng), 1, "prose")
            elif rng.random() < 0.33:
                rest = said[:at] + said[at + 1 :]
                yield Pair(" ".join(rest), kept(said[at], rng), 0, "prose absent")
            elif wrong := _broken(said, at, strangers, rng):
                yield Pair(" ".join(said), kept(wrong[0], rng), 0, f"prose {wrong[1]}")


def kept(sentence: str, rng: Random) -> str:
    """Return the sentence after some keeping edits, often none."""
    for edit in rng.sample(_KEEPING, rng.choice((0, 1, 2, 3))):
        sentence = edit(sentence, rng) or sentence
    return sentence


def _broken(
    said: Sequence[str], at: int, strangers: Sequence[str], rng: Random
) -> tuple[str, str] | None:
    text, other = " ".join(said), " ".join(rng.sample(list(strangers), min(8, len(strangers))))
    names, numbers = edits.names_in(text), edits.numbers_in(text)
    breaking: list[tuple[str, edits.Edit]] = [
        ("opposite", edits.opposite),
        ("sibling", edits.sibling),
        ("negation", edits.negate),
        ("number", edits.number_of(numbers)),
        ("name", edits.name_of(names + edits.names_in(other))),
        ("roles", edits.swap_names),
        ("splice", edits.splice(said)),
        ("graft", edits.graft(list(said[:at]) + list(said[at + 1 :]))),
        ("graft", edits.graft(strangers)),
    ]
    rng.shuffle(breaking)
    for name, edit in breaking:
        changed = edit(said[at], rng)
        if changed and changed != said[at] and changed not in text:
            return changed, name
    return None


def _clean(passage: str) -> list[str]:
    """Return the sentences that read like sentences, each once."""
    good = [s for s in sentences(passage) if 5 <= len(s.split()) <= 50 and s[-1] in ".!?\"'”"]
    return list(dict.fromkeys(good))
