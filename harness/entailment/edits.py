"""Changes to a sentence: those that keep what it says true, and those that do not.

Every edit takes a sentence and a `Random` and returns the changed sentence, or None where it
finds nothing to change. They are rules over words, so a few results read badly; what matters is
that a breaking edit says something the sentence does not, and a keeping edit nothing more.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from random import Random

from harness.entailment.vocabulary import FAMILIES, OPPOSITES, SAME
from harness.judges.words import NUMBER_WORDS

Edit = Callable[[str, Random], str | None]

_WORD = re.compile(r"[^\W\d_][\w'’-]*")
_NUMBER = re.compile(r"(?<![\w.,-])\d+(?:[.,]\d+)*(?![\w-])")
_NAME = re.compile(r"(?<=[\w,;’'\"] )[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*")
_AUXILIARY = re.compile(
    r"\b(is|are|was|were|has|have|had|can|will|would|could|should|may|might|must|does|do|did)\b",
    re.IGNORECASE,
)
_NEGATION = re.compile(r" (?:not|never)\b|n't\b|n’t\b")
_BRACKETS = re.compile(r" ?\([^()]*\)| ?\[[^][]*\]")
_LEAD = re.compile(r"^[^,;:]{3,45}, (?=\w)")
_TAIL = re.compile(
    r"(?:,| -|;)? (?:and|but|because|when|while|which|who|where|after|before|although|as|since|"
    r"with|during|for|in|at|on|by|from|including) [^.]*(?=[.!?]?$)"
)
_PLACE = re.compile(r" (?:in|at|on|during|by|from|with|for) [^.,;]{3,40}(?=[.!?]?$)")
_ADVERB = re.compile(r" (?!only\b|early\b|family\b|hardly\b|nearly\b|barely\b)[a-z]{3,}ly\b")


def _table(rows: Sequence[Sequence[str]], *, both_ways: bool) -> Mapping[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for row in rows:
        spelled = [word.replace("_", " ") for word in row]
        for at, word in enumerate(spelled):
            if both_ways or at == 0:
                others = tuple(o for o in spelled if o != word)
                table[word.lower()] = table.get(word.lower(), ()) + others
    return table


_OPPOSITE = _table(OPPOSITES, both_ways=True)
_SIBLING = _table(FAMILIES, both_ways=True)
_SAME = _table(SAME, both_ways=False)


def _replace(text: str, start: int, end: int, new: str) -> str:
    if text[start].isupper() and new[:1].islower():
        new = new[:1].upper() + new[1:]
    return text[:start] + new + text[end:]


def _by_table(
    table: Mapping[str, tuple[str, ...]], sentence: str, rng: Random, most: int = 1
) -> str | None:
    found = [m for m in _WORD.finditer(sentence) if m[0].lower() in table]
    if not found:
        return None
    chosen = rng.sample(found, min(most, len(found)))
    for match in sorted(chosen, key=lambda m: -m.start()):
        new = rng.choice(table[match[0].lower()])
        sentence = _replace(sentence, match.start(), match.end(), new)
    return sentence


def opposite(sentence: str, rng: Random) -> str | None:
    """Replace one word by its opposite."""
    return _by_table(_OPPOSITE, sentence, rng)


def sibling(sentence: str, rng: Random) -> str | None:
    """Replace one word by another of its family: guitar by piano."""
    return _by_table(_SIBLING, sentence, rng)


def same(sentence: str, rng: Random) -> str | None:
    """Replace up to three words by words of the same meaning."""
    return _by_table(_SAME, sentence, rng, 3)


def negate(sentence: str, rng: Random) -> str | None:
    """Put a negation in, or take it out."""
    if _NEGATION.search(sentence):
        return re.sub(r"\bcan$|\bca$", "can", _NEGATION.sub("", sentence, count=1))
    found = list(_AUXILIARY.finditer(sentence))
    if not found:
        return None
    match = found[0] if rng.random() < 0.7 else rng.choice(found)
    return (
        sentence[: match.end()] + rng.choice((" not", " not", " never")) + sentence[match.end() :]
    )


def number_of(others: Sequence[str]) -> Edit:
    """Return the edit that changes a number, to one of `others` where it can."""

    def edit(sentence: str, rng: Random) -> str | None:
        found = list(_NUMBER.finditer(sentence))
        if not found:
            return None
        match = rng.choice(found)
        options = [o for o in others if o != match[0] and len(o) == len(match[0])]
        if options and rng.random() < 0.6:
            new = rng.choice(options)
        else:
            digit = rng.choice([i for i, c in enumerate(match[0]) if c.isdigit()])
            rest = [d for d in "123456789" if d != match[0][digit]]
            new = match[0][:digit] + rng.choice(rest) + match[0][digit + 1 :]
        return sentence[: match.start()] + new + sentence[match.end() :]

    return edit


def name_of(others: Sequence[str]) -> Edit:
    """Return the edit that puts one of the `others` in the place of a name."""

    def edit(sentence: str, rng: Random) -> str | None:
        found = list(_NAME.finditer(sentence))
        options = [o for o in others if o not in sentence]
        if not found or not options:
            return None
        match = rng.choice(found)
        return sentence[: match.start()] + rng.choice(options) + sentence[match.end() :]

    return edit


def swap_names(sentence: str, rng: Random) -> str | None:
    """Exchange two names."""
    found = list(_NAME.finditer(sentence))
    pairs = [(a, b) for a in found for b in found if a.end() < b.start() and a[0] != b[0]]
    pairs = [(a, b) for a, b in pairs if sentence[a.end() : b.start()] != " and "]
    if not pairs:
        return None
    a, b = rng.choice(pairs)
    return sentence[: a.start()] + b[0] + sentence[a.end() : b.start()] + a[0] + sentence[b.end() :]


def splice(others: Sequence[str]) -> Edit:
    """Return the edit that gives the subject what another sentence says of its own subject."""

    def edit(sentence: str, rng: Random) -> str | None:
        cut = _AUXILIARY.search(sentence, 4)
        for other in rng.sample(list(others), min(4, len(others))):
            second = _AUXILIARY.search(other, 4)
            if cut and second and cut.start() < 60 and other != sentence:
                return sentence[: cut.start()] + other[second.start() :]
        return None

    return edit


def graft(others: Sequence[str]) -> Edit:
    """Return the edit that adds the closing phrase of another sentence."""

    def edit(sentence: str, rng: Random) -> str | None:
        for other in rng.sample(list(others), min(6, len(others))):
            phrase = _PLACE.search(other)
            if phrase and phrase[0] not in sentence:
                bare = _PLACE.sub("", sentence) if rng.random() < 0.6 else sentence
                return bare.rstrip(" .!?") + phrase[0] + "."
        return None

    return edit


def shorten(sentence: str, rng: Random) -> str | None:
    """Leave out brackets, a lead, a tail or adverbs, as long as five words remain."""
    steps = [(_BRACKETS, ""), (_LEAD, ""), (_TAIL, ""), (_PLACE, ""), (_ADVERB, "")]
    rng.shuffle(steps)
    for pattern, new in steps[: rng.choice((1, 2, 3))]:
        shorter = pattern.sub(new, sentence, count=1)
        negated = _NEGATION.search(sentence) and not _NEGATION.search(shorter)
        if len(shorter.split()) >= 5 and not negated:
            sentence = shorter[:1].upper() + shorter[1:]
    return sentence


def spell_numbers(sentence: str, rng: Random) -> str | None:
    """Write small numbers as words, or the other way round."""
    if rng.random() < 0.5:
        changed = _NUMBER.sub(lambda m: NUMBER_WORDS[int(m[0])] if _small(m[0]) else m[0], sentence)
    else:
        values = {word: str(n) for n, word in enumerate(NUMBER_WORDS) if n > 1}
        changed = _WORD.sub(lambda m: values.get(m[0].lower(), m[0]), sentence)
    return changed if changed != sentence else None


def _small(number: str) -> bool:
    return number.isdigit() and 1 < int(number) < len(NUMBER_WORDS)


def turn(sentence: str, rng: Random) -> str | None:
    """Move a lead to the end: "In 1990, it closed." becomes "It closed in 1990."."""
    lead = _LEAD.match(sentence)
    if not lead or not re.match(r"(?:In|On|At|After|Before|During|By|For|When) ", sentence):
        return None
    rest = sentence[lead.end() :].rstrip(" .!?")
    phrase = lead[0].rstrip(", ")
    return f"{rest[:1].upper()}{rest[1:]} {phrase[:1].lower()}{phrase[1:]}."


def numbers_in(text: str) -> list[str]:
    """Return the numbers of a text, in its order."""
    return _NUMBER.findall(text)


def names_in(text: str) -> list[str]:
    """Return the names of a text, in its order."""
    return _NAME.findall(text)
