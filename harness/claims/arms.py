"""Which arms of a run a claim is about: by what they are, whatever they are called."""

from collections import Counter
from collections.abc import Sequence
from itertools import product

from harness.claims.records import Role
from harness.config.records import Arm, Benchmark


def chosen(benchmark: Benchmark, roles: Sequence[tuple[str, Role]]) -> tuple[str, ...] | str:
    """Return an arm for each kind that is wanted, or what is missing.

    Where several arms are of a kind, those are taken that differ in the least beside it: first
    the base model that most arms share, then one decoding, one prompt, the same passages for
    those that read retrieved ones, the same training; then the first in the order of the file.
    """
    candidates = []
    for name, role in roles:
        found = [arm for arm in benchmark.arms if _is(benchmark, arm, role)]
        if not found:
            return f"no arm is {name!r}: {_words(role)}"
        candidates.append(found)
    usual = Counter(a.model for a in benchmark.arms.values() if a.type == "model").most_common(1)
    model = usual[0][0] if usual else ""
    return min(
        product(*candidates),
        key=lambda names: _strangeness([benchmark.arms[n] for n in names], model),
    )


def differences(benchmark: Benchmark, names: Sequence[str]) -> str:
    """Return in what arms differ that no kind of arm is about, in words."""
    arms = [benchmark.arms[name] for name in names]
    parts: dict[str, set[object]] = {
        "model": {a.model for a in arms},
        "decoding": {a.decoding for a in arms},
        "prompt": {a.prompt for a in arms},
        "retrieved passages": {a.context for a in arms if a.context.type == "retrieved"},
    }
    found = [what for what, values in parts.items() if len(values) > 1]
    return f"the arms also differ in {' and '.join(found)}" if found else ""


def _strangeness(arms: Sequence[Arm], model: str) -> tuple[int, ...]:
    """Return how much arms differ beside what they are; less is better, from the left."""
    return (
        sum(a.model != model for a in arms),
        len({a.decoding for a in arms}),
        len({a.prompt for a in arms}),
        len({a.context for a in arms if a.context.type == "retrieved"}),
        len({a.weights for a in arms if a.weights != "base"}),
    )


def _is(benchmark: Benchmark, name: str, role: Role) -> bool:
    arm = benchmark.arms[name]
    if arm.type != "model":
        return False
    weights = benchmark.weights.get(arm.weights)
    seen = set(weights.sees) if weights else set()
    retriever = benchmark.retrievers.get(arm.context.retriever)
    return all(
        (
            role.trained is None or role.trained == (weights is not None),
            role.reads is None or role.reads == arm.context.type,
            seen.issuperset(role.learned),
            seen.isdisjoint(role.not_learned),
            not role.method or (weights is not None and weights.type == role.method),
            role.merged is None or role.merged == arm.merged,
            role.k is None or role.k == arm.context.k,
            role.rows is None or (weights is not None and role.rows == (weights.rows or "all")),
            not role.retriever or (retriever is not None and role.retriever == retriever.type),
            role.growth is None or (retriever is not None and role.growth == retriever.growth),
        )
    )


def _words(role: Role) -> str:
    parts = [
        {True: "trained weights", False: "base weights", None: ""}[role.trained],
        f"weights trained by {role.method}" if role.method else "",
        f"weights that saw {' and '.join(role.learned)}" if role.learned else "",
        f"not {' or '.join(role.not_learned)}" if role.not_learned else "",
        {"none": "no passages to read"}.get(str(role.reads), f"{role.reads} passages to read"),
        f"k = {role.k}" if role.k is not None else "",
        f"{role.rows} training pairs" if role.rows is not None else "",
        f"retriever {role.retriever}" if role.retriever else "",
        f"an index of {role.growth} times the corpus" if role.growth is not None else "",
        "" if role.merged is None else "merged" if role.merged else "not merged",
    ]
    return ", ".join(filter(None, parts))
