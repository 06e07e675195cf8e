"""Pairs about findings: what raises, lowers or does not touch what, and how surely."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from harness.entailment.pair import Pair

_THINGS = (
    "regular exercise", "vitamin D", "a high-salt diet", "smoking", "the new drug", "coffee",
    "air pollution", "zinc", "the vaccine", "short sleep", "ibuprofen", "obesity", "old age",
    "wearing a mask", "hand washing", "school closures", "travel restrictions", "social distancing",
    "sunlight", "burning coal", "deforestation", "volcanic activity", "solar radiation",
    "carbon dioxide", "cattle farming", "melting ice", "urban growth", "ocean currents",
    "a carbon tax", "wind power", "higher prices", "unemployment", "free school meals",
    "advertising", "immigration", "public transport", "speed cameras", "irrigation", "fertiliser",
    "antibiotics", "stress", "loneliness", "alcohol", "green tea", "probiotics", "fish oil",
)  # fmt: skip
_OUTCOMES = (
    "the risk of infection", "blood pressure", "mortality", "hospital admissions", "lung damage",
    "the spread of the virus", "symptoms", "recovery time", "weight gain", "heart disease",
    "the severity of the disease", "depression", "memory loss", "immune response", "inflammation",
    "global temperatures", "sea levels", "crop yields", "the number of storms", "coral loss",
    "polar ice loss", "heat waves", "droughts", "emissions", "rainfall", "flooding",
    "energy use", "household debt", "road deaths", "school results", "crime", "house prices",
    "bone loss", "cancer growth", "the rate of complications", "pain", "antibody levels",
)  # fmt: skip
_GROUPS = (
    "in children", "in older adults", "in women", "in men", "among smokers", "in cities",
    "in hospital patients", "in the elderly", "in developing countries", "in young people",
    "in coastal areas", "in the Arctic", "in pregnant women", "in mice", "in rural areas",
)  # fmt: skip
_UP = ("increases", "raises", "leads to higher {o}", "is associated with higher {o}", "drives up",
       "is a cause of rising {o}", "contributes to higher {o}", "makes {o} worse", "aggravates",
       "is linked to greater {o}")  # fmt: skip
_DOWN = ("reduces", "lowers", "leads to lower {o}", "is associated with lower {o}", "cuts",
         "decreases", "helps to prevent", "protects against", "limits", "is linked to less {o}",
         "brings down")  # fmt: skip
_NONE = ("has no effect on", "does not affect", "is not associated with", "makes no difference to",
         "does not change", "is unrelated to", "was not linked to")  # fmt: skip
_SOME = ("affects", "has an effect on", "plays a role in", "is associated with", "influences",
         "is linked to")  # fmt: skip
_VERBS = {"up": _UP, "down": _DOWN, "none": _NONE, "some": _SOME}
_FRAMES = (
    "{c}.", "{c}.", "{c}.", "The study found that {c}.", "Our results suggest that {c}.",
    "According to researchers, {c}.", "We conclude that {c}.", "There is evidence that {c}.",
    "Experts say that {c}.", "These findings show that {c}.", "Data from {n} {g} show that {c}.",
    "In a trial with {n} participants, {c}.", "It was observed that {c}.",
)  # fmt: skip
_ASIDES = (
    "More research is needed to confirm this.", "The sample was small.",
    "Data were collected between {a} and {b}.", "The authors declare no conflict of interest.",
    "A total of {n} people took part.", "This has been debated for decades.",
    "The mechanism is still unclear.", "The mean age was {m} years.",
    "The effect was seen after {m} weeks.", "Records go back to {a}.",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Finding:
    thing: str
    outcome: str
    effect: str
    group: str = ""
    may: bool = False


def finding_pairs(rng: Random, count: int) -> Iterator[Pair]:
    """Yield `count` pairs, half of them supported."""
    for number in range(count):
        finding = _finding(rng)
        others = [_finding(rng) for _ in range(rng.choice((0, 0, 1, 2)))]
        others = [o for o in others if o.thing != finding.thing and o.outcome != finding.outcome]
        parts = [_framed(f, rng) for f in (finding, *others)]
        parts += [_filled(a, rng) for a in rng.sample(_ASIDES, rng.choice((0, 1, 2)))]
        rng.shuffle(parts)
        if number % 2 == 0:
            yield Pair(" ".join(parts), _framed(_weaker(finding, rng), rng), 1, "finding")
        else:
            wrong, kind = _wrong(finding, others, rng)
            yield Pair(" ".join(parts), _framed(wrong, rng), 0, f"finding {kind}")


def _finding(rng: Random) -> _Finding:
    return _Finding(
        rng.choice(_THINGS), rng.choice(_OUTCOMES),
        rng.choice(("up", "down", "up", "down", "none")),
        rng.choice(_GROUPS) if rng.random() < 0.3 else "", rng.random() < 0.2,
    )  # fmt: skip


def _filled(text: str, rng: Random) -> str:
    a = rng.randint(1950, 2015)
    return text.format(
        c="{c}", a=a, b=a + rng.randint(1, 9), m=rng.randint(3, 80), n=rng.randint(20, 9000),
        g=rng.choice(("patients", "adults", "sites", "households", "weather stations")),
    )  # fmt: skip


def _framed(finding: _Finding, rng: Random) -> str:
    frame = _filled(rng.choice(_FRAMES), rng)
    text = frame.replace("{c}", _clause(finding, rng))
    return text[:1].upper() + text[1:]


def _clause(finding: _Finding, rng: Random) -> str:
    thing, outcome, group = finding.thing, finding.outcome, finding.group
    tail = f" {group}" if group else ""
    bare = outcome.removeprefix("the ")
    verb = rng.choice(_VERBS[finding.effect])
    if finding.may:
        hedge = rng.choice(("may", "might", "could", "seems to", "can"))
        base = _base(verb)
        if base:
            verb = f"{hedge} {base}"
    if rng.random() < 0.2 and finding.effect in ("up", "down") and not finding.may:
        more = {"up": "higher", "down": "lower"}[finding.effect]
        return rng.choice((
            f"{more} {bare} was seen with {thing}{tail}",
            f"{outcome} {'rose' if more == 'higher' else 'fell'} with {thing}{tail}",
            f"{outcome} was {more} after {thing}{tail}",
        ))  # fmt: skip
    said = verb.replace("{o}", bare) if "{o}" in verb else f"{verb} {outcome}"
    return f"{thing} {said}{tail}"


def _base(verb: str) -> str:
    """Return a verb as it stands after "may"."""
    first, _, rest = verb.partition(" ")
    plain = {"is": "be", "has": "have", "does": "", "was": "be", "makes": "make", "raises": "raise",
             "increases": "increase", "reduces": "reduce", "decreases": "decrease"}  # fmt: skip
    if first in ("does",):
        return f"not {rest.removeprefix('not ')}"
    return f"{plain.get(first, first.removesuffix('s'))} {rest}".strip()


def _weaker(finding: _Finding, rng: Random) -> _Finding:
    """Return the finding, sometimes said less surely or less exactly."""
    draw = rng.random()
    if draw < 0.2:
        finding = replace(finding, may=True)
    elif draw < 0.35 and finding.effect in ("up", "down"):
        finding = replace(finding, effect="some")
    if finding.group and not finding.may and rng.random() < 0.2:
        finding = replace(finding, may=True)
    return finding


def _wrong(finding: _Finding, others: list[_Finding], rng: Random) -> tuple[_Finding, str]:
    turned = {"up": "down", "down": "up", "none": rng.choice(("up", "down", "some"))}
    match rng.choice(("effect", "effect", "none", "thing", "outcome", "roles", "group")):
        case "none" if finding.effect != "none":
            return replace(finding, effect="none", may=False), "none"
        case "thing":
            thing = rng.choice([o.thing for o in others] or _THINGS)
            if thing != finding.thing:
                return replace(finding, thing=thing), "thing"
        case "outcome":
            outcome = rng.choice([o.outcome for o in others] or _OUTCOMES)
            if outcome != finding.outcome:
                return replace(finding, outcome=outcome), "outcome"
        case "roles":
            turned_round = replace(finding, thing=finding.outcome, outcome=finding.thing)
            return turned_round, "roles"
        case "group" if finding.group:
            group = rng.choice([g for g in _GROUPS if g != finding.group])
            return replace(finding, group=group), "group"
    return replace(finding, effect=turned[finding.effect]), "effect"
