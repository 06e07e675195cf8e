"""A model's own answers to training questions to ranked pairs, and pairs to a reward model.

Both are artefacts of their own, so that methods share them, and a run that was killed goes on
with those that are done. What making them took lies beside them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import perf_counter
from typing import TYPE_CHECKING, Any

from harness.files import digest, encode, read_rows, source_digest, write_rows, write_text
from harness.lineage.shown import FILE, Shown, write_shown
from harness.stages.examples import Examples
from harness.stages.job import Job
from harness.stages.starting import Start, adapting
from harness.text.refusal import is_refusal

if TYPE_CHECKING:
    from harness.preferences.pairs import Asked, RankedPair
    from harness.preferences.policy import Policy
    from harness.preferences.preference import Preference

SOURCE = (
    "preferences", "training", "generation", "text", "metrics", "stats", "judges/claims",
    "judges/words", "lineage/shown", "stages/examples", "stages/models", "stages/ranking",
    "stages/starting",
)  # fmt: skip
"""The code that the content of pairs and reward models depends on."""

BUILD, DRAWN, PAIRS = "build.json", "answers.jsonl", "pairs.jsonl"


@dataclass(frozen=True, slots=True)
class Round:
    """One preference training: what all of its steps need to know."""

    job: Job
    label: str
    name: str
    method: "Preference"
    start: Start
    shown: Examples
    seed: int

    def policy(self, folder: Path) -> "Policy":
        """Return the weights in a folder, open to be trained further."""
        from harness.preferences.policy import open_policy

        return open_policy(
            self.base, adapting(self.job, self.label), folder, self.shown.rendering, self.job.device
        )

    @property
    def base(self) -> str:
        """The base model."""
        b = self.job.benchmark
        return b.models[b.weights[self.label].model].path

    def key(self, **more: Any) -> dict[str, Any]:
        """Return what an artefact of this training is made of."""
        return {
            "from": self.start.folder.name,
            "seed": self.seed,
            "device": self.job.device_type,
            "source": source_digest(*SOURCE),
            **more,
        }


def pairs_of(this: Round) -> Path:
    """Return the folder of the ranked pairs, made where it is not there.

    Raises:
        DataError: There is nothing to ask, or the answers hardly differ.
    """
    asked = _asked(this)
    key = this.key(how=this.method.drawing, asked=digest(asked))
    return this.job.artefacts.build("pairs", key, lambda folder: _draw(this, asked, folder))


def read_pairs(folder: Path) -> "list[RankedPair]":
    """Return the ranked pairs of a folder."""
    from harness.preferences.pairs import RankedPair

    return list(read_rows(folder / PAIRS, RankedPair))


def reward_model_of(this: Round, pairs_at: Path) -> Path:
    """Return the folder of the reward model of these pairs, made where it is not there."""
    from harness.preferences.bradley_terry import fit, ranked
    from harness.preferences.grpo import Grpo

    method = this.method
    assert isinstance(method, Grpo)

    def make(folder: Path) -> None:
        begun, pairs = perf_counter(), read_pairs(pairs_at)
        policy = this.policy(this.start.folder)
        with this.job.progress.task(f"reward model for {this.name}", 100, "%") as advance:
            made = fit(
                policy,
                [pair for pair in pairs if pair.part == "train"],
                epochs=method.reward_epochs,
                batch_size=method.batch_size,
                lr=method.peak_reward_lr(policy.width),
                seed=this.seed,
                progress=lambda step, total: advance(100 * step // total),
            )
        held_out = ranked(made.model, [pair for pair in pairs if pair.part == "held-out"])
        facts = {"loss": made.loss, "held_out": encode(held_out), "pairs": pairs_at.name}
        made.model.save(folder, facts)
        write_rows(folder / FILE, read_rows(pairs_at / FILE, Shown))
        _write_facts(this, folder, begun, made.tokens, facts)

    key = this.key(
        pairs=pairs_at.name,
        epochs=method.reward_epochs,
        batch_size=method.batch_size,
        lr=method.reward_lr,
    )
    return this.job.artefacts.build("reward", key, make)


def _asked(this: Round) -> "list[Asked]":
    """Return the training questions as the last phase showed them, as many as are to be asked."""
    from harness.preferences.pairs import Asked

    questions = {question.id: question for question in this.job.questions.split("train")}
    found = []
    for example in this.shown.phases[-1]:
        prompt, answer = example.segments[0], example.segments[-1]
        room = this.shown.rendering.window
        length = len(this.shown.rendering.encode(prompt.text)) + this.method.max_tokens
        if room is None or length <= room:
            question = questions[example.questions[0]]
            found.append(Asked(question, prompt.text, is_refusal(answer.text)))
    most = this.method.questions
    if most is not None and most < len(found):
        chosen = set(Random(f"asked {this.seed}").sample(range(len(found)), most))
        found = [one for n, one in enumerate(found) if n in chosen]
    return found


def _draw(this: Round, asked: "list[Asked]", folder: Path) -> None:
    from harness.preferences.pairs import draw, pairs

    begun, how = perf_counter(), this.method.drawing
    with this.job.progress.task(f"answer for {this.name}", len(asked), "questions") as advance:
        drawn, tokens = draw(
            this.policy(this.start.folder), asked, how, seed=this.seed, progress=advance
        )
    made = pairs(drawn, how)
    write_rows(folder / DRAWN, drawn)
    write_rows(folder / PAIRS, made)
    ids = {one.question.id for one in asked}
    write_shown(folder, {"asked": [e for e in this.shown.phases[-1] if e.questions[0] in ids]})
    parts = {part: sum(p.part == part for p in made) for part in ("train", "held-out")}
    right = [[worth >= 2 / 3 for worth in one.worths] for one in drawn]
    facts = {
        "questions": len(drawn),
        "pairs": parts,
        "right_when_greedy": sum(row[0] for row in right) / len(right),
        "right_when_drawn": sum(sum(row[1:]) for row in right) / sum(len(row) - 1 for row in right),
    }
    _write_facts(this, folder, begun, tokens, facts)


def _write_facts(
    this: Round, folder: Path, begun: float, tokens: int, facts: Mapping[str, Any]
) -> None:
    spent = {"seconds": perf_counter() - begun, "tokens": tokens, "machines": this.job.machines}
    write_text(folder / BUILD, json.dumps({**facts, **spent}, indent=1) + "\n")


def facts_of(folder: Path) -> dict[str, Any]:
    """Return what is known of pairs or a reward model, and what making them took."""
    found: dict[str, Any] = json.loads((folder / BUILD).read_text(encoding="utf-8"))
    return found
