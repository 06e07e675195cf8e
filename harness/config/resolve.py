"""Names in a benchmark file: those that may be left out are filled in, the others checked."""

from collections.abc import Collection
from dataclasses import dataclass

from harness.config.places import Link, line_of
from harness.config.records import Arm, Benchmark, Weights
from harness.errors import ConfigError, did_you_mean

SHOWN = (
    "model", "prompt", "retriever", "sees", "distractors", "golden_share", "without_golden",
    "unanswerable_share", "pairs_per_context", "citations",
)  # fmt: skip
"""What weights that go on from others take over from them, where they say nothing else."""


def resolved(benchmark: Benchmark, chain: list[Link]) -> Benchmark:
    """Return the benchmark with every name filled in; a map of one entry needs no naming.

    Raises:
        ConfigError: A name is unknown, or left out where there are several to choose from.
    """
    names = _Names(benchmark, chain)
    weights = {label: names.weights(label) for label in benchmark.weights}
    arms = {
        label: names.arm(label, arm, weights) if arm.type == "model" else arm
        for label, arm in benchmark.arms.items()
    }
    for contrast in benchmark.contrasts:
        for arm in contrast:
            names.one("arm", arm, arms, "contrasts")
    return benchmark.model_copy(update={"weights": weights, "arms": arms})


@dataclass(frozen=True, slots=True)
class _Names:
    benchmark: Benchmark
    chain: list[Link]

    def one(self, kind: str, given: str, known: Collection[str], *loc: str) -> str:
        """Return the name given, or the only one there is."""
        if given in known:
            return given
        if not given and len(known) == 1:
            return next(iter(known))
        problem = (
            f"no {kind} is called {given!r}; {did_you_mean(given, known)}"
            if given
            else f"name the {kind}, one of: {', '.join(known) or 'none is defined'}"
        )
        raise self._wrong(problem, *loc)

    def _wrong(self, problem: str, *loc: str) -> ConfigError:
        return ConfigError(f"{line_of(self.chain, loc, '')}: {'.'.join(loc)}: {problem}")

    def weights(self, label: str, before: tuple[str, ...] = ()) -> Weights:
        """Return the weights with model, prompt and retriever named.

        Args:
            label: What they are called.
            before: The weights that go on from these, the last one first.
        """
        b, loc = self.benchmark, ("weights", label)
        weights = b.weights[label]
        if weights.start:
            self.one("weights", weights.start, b.weights, *loc, "from")
            if weights.start in (label, *before):
                raise self._wrong("goes round in a circle; go on from other weights", *loc, "from")
            earlier = self.weights(weights.start, (label, *before))
            left_out = [name for name in SHOWN if name not in weights.model_fields_set]
            weights = weights.model_copy(update={name: getattr(earlier, name) for name in left_out})
            if weights.model != earlier.model:
                problem = f"{weights.start!r} are weights of {earlier.model!r}; leave 'model' out"
                raise self._wrong(problem, *loc, "model")
            if "shards" in weights.sees and not weights.shards:
                weights = weights.model_copy(update={"shards": earlier.shards})
        self._check_shards(weights, *loc)
        filled = {
            "model": self.one("model", weights.model, b.models, *loc, "model"),
            "prompt": self.one("prompt", weights.prompt, b.prompts, *loc, "prompt"),
        }
        if "passages" in weights.sees:
            filled["retriever"] = self.one(
                "retriever", weights.retriever, b.retrievers, *loc, "retriever"
            )
        return weights.model_copy(update=filled)

    def _check_shards(self, weights: Weights, *loc: str) -> None:
        if ("shards" in weights.sees) != bool(weights.shards):
            problem = "'sees: shards' and 'shards: FOLDER', of `harness data build`, go together"
            raise self._wrong(problem, *loc, "shards")
        if set(weights.sees) == {"shards"} and (weights.rows or weights.corrupted_share):
            problem = "'rows' and 'corrupted_share' are about questions; 'sees' has shards alone"
            raise self._wrong(problem, *loc, "sees")

    def arm(self, label: str, arm: Arm, weights: dict[str, Weights]) -> Arm:
        """Return the arm with weights, model, prompt, decoding and retriever named."""
        b, loc = self.benchmark, ("arms", label)
        self.one("weights", arm.weights, ("base", *weights), *loc, "weights")
        trained_on = weights[arm.weights].model if arm.weights != "base" else arm.model
        model = self.one("model", arm.model or trained_on, b.models, *loc, "model")
        if trained_on and model != trained_on:
            raise ConfigError(
                f"{line_of(self.chain, loc, '')}: {'.'.join(loc)}: weights {arm.weights!r} are "
                f"trained on model {trained_on!r}, not on {model!r}; leave 'model' out"
            )
        their_prompt = weights[arm.weights].prompt if arm.weights != "base" else ""
        filled: dict[str, object] = {
            "model": model,
            "prompt": self.one("prompt", arm.prompt or their_prompt, b.prompts, *loc, "prompt"),
            "decoding": self.one("decoding", arm.decoding, b.decoding, *loc, "decoding"),
        }
        if arm.context.type != "none":
            place = (*loc, "context", "retriever")
            retriever = self.one("retriever", arm.context.retriever, b.retrievers, *place)
            filled["context"] = arm.context.model_copy(update={"retriever": retriever})
        return arm.model_copy(update=filled)
