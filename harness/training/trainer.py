"""From examples to a folder of weights with a record of what they took.

The loop is our own and not `transformers.Trainer`: budgets are in tokens, phases follow one
another, the best step is kept in memory, and the same seed gives the same bytes. There each
of these is a callback or an override, and no fewer lines.
"""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import torch
from safetensors import SafetensorError
from torch import nn

from harness.errors import ModelError, StorageError
from harness.files import encode, write_rows, write_text
from harness.generation.load import choose_device
from harness.generation.place import locate
from harness.generation.rendering import Rendering
from harness.results import TrainingRun
from harness.training.checkpoint import Checkpoint
from harness.training.loop import Loop, Progress, Task
from harness.training.recipe import Method
from harness.training.rows import rows, schedule
from harness.training.segments import Example

RECORD, CURVE = "training.json", "curve.jsonl"


def train(
    method: Method,
    phases: Sequence[Sequence[Example]],
    dev: Sequence[Example],
    base: str,
    folder: Path,
    *,
    seed: int,
    tokens: int,
    device: str = "auto",
    weights: str = "",
    sees: str = "",
    rendering: Rendering | None = None,
    progress: Progress = lambda step, total, loss: None,
    clock: Callable[[], float] = perf_counter,
    checkpoint: Checkpoint | None = None,
) -> TrainingRun:
    """Train a copy of the base model and leave it in an existing folder.

    The folder gets the weights, `training.json` (the record that is returned, and how many
    examples were too long for the window) and `curve.jsonl` (step, tokens, losses).

    Args:
        method: What moves, and the options of the loop.
        phases: Examples of each phase; they follow one another, each with an equal part of
            the budget and a schedule of its own.
        dev: Examples whose loss says which step of the last phase is kept; without any, the
            last step is.
        base: A folder, a hub id or `pocket`; it is read and never written.
        folder: Where the weights go.
        seed: Decides the order of the rows and the first values of what is trained. The same
            seed, machine and number of threads give the same weights.
        tokens: Budget: all tokens read and written in training, padding and dev left out.
        device: `auto`, `cpu`, `cuda`.
        weights: What the weights are called, for the record.
        sees: What the examples show, for the record.
        rendering: How prompts were written, where that is not the base model's usual way.
        progress: Is told after each step.
        clock: Seconds.
        checkpoint: Where to keep how far it is, and to go on from.

    Raises:
        ModelError: The method does not fit the model, the loss is not a number any more,
            memory runs out, or no example fits the window.
    """
    rendering = rendering or Rendering.of(base)
    made = [rows(phase, rendering) for phase in phases]
    for (phase, _), examples in zip(made, phases, strict=True):
        if not phase:
            raise ModelError(
                f"{weights or 'training'}: none of {len(examples)} examples can be trained on "
                f"within the window of {rendering.window} tokens; give shorter ones"
            )
    dev_rows, _ = rows(dev, rendering)
    place, where, recipe = locate(base), choose_device(device), method.recipe
    plans = [
        list(schedule(phase, recipe.batch_size, tokens // len(made), seed + n))
        for n, (phase, _) in enumerate(made)
    ]
    with _seeded(seed, where), _memory(recipe.batch_size):
        model = method.load(place, where).requires_grad_(False)
        lr = recipe.peak_lr(model.config.get_text_config().hidden_size)
        adapted = method.prepare(model)
        pad = int(rendering.tokenizer.pad_token_id)
        task = Task(
            model=adapted,
            seq2seq=rendering.seq2seq,
            pad=pad,
            device=where,
            recipe=recipe,
            lr=lr,
            guessing=math.log(model.config.get_text_config().vocab_size),
            progress=progress,
            clock=clock,
            checkpoint=checkpoint,
        )
        loop = Loop(task, plans)
        stood = loop.run(dev_rows[: recipe.dev_examples])
    try:
        method.save(adapted, folder, base)
    except SafetensorError as error:
        raise StorageError(
            f"{folder}: the weights were not written ({error}); free some space and run again"
        ) from error
    too_long = sum(long for _, long in made)
    run = TrainingRun(
        weights=weights,
        seed=seed,
        method=method.name,
        sees=sees,
        examples=sum(map(len, phases)) - too_long,
        trainable_parameters=sum(p.numel() for p in adapted.parameters() if p.requires_grad),
        total_parameters=sum(p.numel() for p in adapted.parameters()),
        steps=stood.step,
        tokens=stood.tokens,
        seconds=stood.seconds,
        train_loss=loop.train_loss,
        dev_loss=stood.best_dev_loss,
        best_step=stood.best_step,
        peak_memory_mb=stood.peak_memory_mb,
        artefact_mb=sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6,
        device=str(where),
        base_dev_loss=stood.base_dev_loss,
        tokens_per_second=stood.tokens / stood.seconds if stood.seconds else None,
        flops=float(stood.tokens * flops_per_token(adapted)),
    )
    write_rows(folder / CURVE, stood.curve)
    record = {**encode(run), "examples_too_long": too_long, "lr": lr, "options": encode(recipe)}
    write_text(folder / RECORD, json.dumps(record, indent=1) + "\n")
    return run


def flops_per_token(model: nn.Module) -> int:
    """Return what a token costs in training: 4 a parameter of a layer, 2 more where it moves."""
    tables = {id(m.weight) for m in model.modules() if isinstance(m, nn.Embedding)}
    inner = [p for p in model.parameters() if id(p) not in tables]
    return sum(p.numel() * (6 if p.requires_grad else 4) for p in inner)


@contextmanager
def _seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Fix torch's random numbers for the block and give back their state after it."""
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield


@contextmanager
def _memory(batch_size: int) -> Iterator[None]:
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise ModelError(
            f"training: out of memory; lower batch_size (now {batch_size}) or the length of the "
            "examples (distractors)"
        ) from error
