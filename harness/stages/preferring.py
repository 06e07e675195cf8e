"""Trained weights towards the better of their own answers: DPO, or GRPO with a reward model."""

import json
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from harness.files import encode, read_rows, write_rows, write_text
from harness.results import TrainingRun
from harness.stages.examples import Examples
from harness.stages.job import Job
from harness.stages.ranking import DRAWN, Round, facts_of, pairs_of, read_pairs, reward_model_of
from harness.stages.starting import Start, adapting

if TYPE_CHECKING:
    from harness.preferences.policy import Policy
    from harness.preferences.preference import Learned, Preference


def prefer(
    job: Job,
    label: str,
    name: str,
    method: "Preference",
    start: Start,
    shown: Examples,
    seed: int,
    tokens: int,
    folder: Path,
) -> None:
    """Train on preferences and leave weights and records in an existing folder.

    Raises:
        DataError: The answers that were drawn hardly differ, or there are none to draw.
        ModelError: The weights to go on from are no adapter, or training fails.
    """
    from harness.generation.load import choose_device
    from harness.training.arithmetic import parameter_counts
    from harness.training.memory import PeakMemory
    from harness.training.trainer import CURVE, RECORD

    this = Round(job, label, name, method, start, shown, seed)
    memory = PeakMemory(choose_device(job.device))
    pairs_at = pairs_of(this)
    rewards_at = reward_model_of(this, pairs_at) if method.needs_reward_model else None
    made_with = {
        name: at
        for name, at in (("pairs", pairs_at), ("reward_model", rewards_at))
        if at is not None
    }
    spent = {name: facts_of(at) for name, at in made_with.items()}
    policy = this.policy(start.folder)
    begun = perf_counter()
    learned = _learn(this, policy, pairs_at, rewards_at, tokens)
    seconds = perf_counter() - begun
    policy.method.save(policy.model, folder, this.base)
    parts = [(s["seconds"], s["tokens"]) for s in spent.values()] + [(seconds, learned.tokens)]
    moving, total = parameter_counts(policy.model)
    cuda = memory.cuda_mb()
    all_seconds, all_tokens = sum(s for s, _ in parts), sum(t for _, t in parts)
    run = TrainingRun(
        weights=label,
        seed=seed,
        method=f"{method.name} of {policy.method.name}",
        sees=" + ".join(job.benchmark.weights[label].sees),
        examples=spent["pairs"]["pairs"]["train"],
        trainable_parameters=moving,
        total_parameters=total,
        steps=learned.steps,
        tokens=all_tokens,
        seconds=all_seconds,
        train_loss=learned.curve[-1].train_loss,
        dev_loss=learned.dev_loss,
        best_step=learned.steps,
        peak_memory_mb=memory.rss_mb() if cuda is None else cuda,
        artefact_mb=sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6,
        device=str(policy.device),
        base_dev_loss=learned.base_dev_loss,
        tokens_per_second=all_tokens / all_seconds if all_seconds else None,
        peak_rss_mb=memory.rss_mb(),
        rss_before_mb=memory.before_mb,
        peak_cuda_mb=cuda,
    )
    spent["method"] = {"seconds": seconds, "tokens": learned.tokens}
    record = {
        **encode(run),
        "from": {"weights": start.label, "artefact": start.folder.name},
        "made_with": {name: at.name for name, at in made_with.items()},
        "spent": spent,
        "lr": method.peak_lr(policy.width),
        "options": encode(method),
    }
    write_rows(folder / CURVE, learned.curve)
    write_text(folder / RECORD, json.dumps(record, indent=1) + "\n")


def _learn(
    this: Round, policy: "Policy", pairs_at: Path, rewards_at: Path | None, tokens: int
) -> "Learned":
    from harness.preferences.pairs import Drawn
    from harness.preferences.reward_model import open_reward_model

    job, rated = this.job, None
    if rewards_at is not None:
        rated = open_reward_model(
            this.base, adapting(job, this.label), rewards_at, this.shown.rendering, job.device
        )
    drawn = read_rows(pairs_at / DRAWN, Drawn)
    with job.progress.task(f"train {this.name}", 100, "%") as advance:
        return this.method.learn(
            policy,
            read_pairs(pairs_at),
            [one.asked.prompt for one in drawn if one.part == "train"],
            rated,
            tokens=tokens,
            seed=this.seed,
            progress=lambda step, total, loss: advance(100 * step // total),
        )
