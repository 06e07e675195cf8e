"""Which arms of a benchmark stand for what in "retrieval against fine-tuning": by what they are."""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.config.records import Arm, Benchmark, Retriever
from harness.errors import ConfigError

Kind = tuple[bool, bool]
"""Whether the checkpoint is the one that was fine-tuned, and whether test answers are held out."""


@dataclass(frozen=True, slots=True)
class Roles:
    """One fine-tuned arm and the arms that retrieve from one index, with test answers or without.

    Arms of one kind differ in the setting of retrieval, the threshold above all.
    """

    index: str
    """Labels of the retrievers, which differ in what they hold and in nothing else."""
    fine_tuned: str
    rag: Mapping[Kind, tuple[str, ...]]
    encoder_retrieves: bool
    """Whether MiniLM, which `cosine_coverage` sees with, ranks the passages as well."""


def roles(benchmark: Benchmark) -> list[Roles]:
    """Return the comparisons of a benchmark, one for each index.

    A fine-tuned arm has trained weights and no passages; of several the first whose base model
    retrieves too is taken. A RAG arm has base weights and retrieved passages; a checkpoint of its
    own is any other base model, the first one if there are several.

    Raises:
        ConfigError: One of the two is not there at all.
    """
    ours = {name: arm for name, arm in benchmark.arms.items() if arm.type == "model"}
    tuned = [n for n, a in ours.items() if a.weights != "base" and a.context.type == "none"]
    rag = {n: a for n, a in ours.items() if a.weights == "base" and a.context.type == "retrieved"}
    for found, what in (
        (tuned, "trained weights and no passages to read"),
        (rag, "base weights and retrieved passages"),
    ):
        if not found:
            raise ConfigError(f"{benchmark.name}: no arm has {what}; there is nothing to audit")
    families: dict[str, dict[str, Arm]] = {}
    for name, arm in rag.items():
        families.setdefault(_family(benchmark.retrievers[arm.context.retriever]), {})[name] = arm
    return [_roles(benchmark, tuned, arms) for arms in families.values()]


def _roles(benchmark: Benchmark, tuned: list[str], rag: Mapping[str, Arm]) -> Roles:
    models = {arm.model for arm in rag.values()}
    fine_tuned = next((n for n in tuned if benchmark.arms[n].model in models), tuned[0])
    base = benchmark.arms[fine_tuned].model
    own = next((arm.model for arm in rag.values() if arm.model != base), None)
    kinds: dict[Kind, tuple[str, ...]] = {}
    for name, arm in rag.items():
        if arm.model in (base, own):
            held_out = "test" in benchmark.retrievers[arm.context.retriever].without
            kind = (arm.model == base, held_out)
            kinds[kind] = (*kinds.get(kind, ()), name)
    labels = dict.fromkeys(arm.context.retriever for arm in rag.values())
    retriever = benchmark.retrievers[next(iter(labels))]
    return Roles(" / ".join(labels), fine_tuned, kinds, "minilm" in _encoders(retriever))


def _family(retriever: Retriever) -> str:
    """Return what a retriever is, but for what it holds."""
    return retriever.model_copy(update={"without": ()}).model_dump_json()


def _encoders(retriever: Retriever) -> set[str]:
    """Return the names that stand where a retriever says how it encodes."""

    def named(member: object) -> set[str]:
        if isinstance(member, str):
            return {"minilm"} if member == "dense" else {member}
        if not isinstance(member, Mapping):
            return set()
        if "embedder" in member:
            return named(member["embedder"])
        return named(member.get("type")).union(*(named(m) for m in member.get("of", ())))

    return named({"type": retriever.type, **retriever.options})
