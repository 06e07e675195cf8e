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

from harness.errors import ModelError, StorageError
from harness.files import encode, write_rows, write_text
from harness.generation.load import choose_device
from harness.generation.place import locate
from harness.generation.rendering import Rendering
from harness.results import TrainingRun
from harness.training.arithmetic import flops_per_token, parameter_counts
from harness.training.checkpoint import Checkpoint
from harness.training.energy import measured_energy
from harness.training.loop import Loop, Progress, Task
from harness.training.memory import PeakMemory
from harness.training.processes import Processes
from harness.training.recipe import Method
from harness.training.rows import rows, schedule
from harness.training.segments import Example
from harness.training.set_up import set_up
from harness.training.targets import check_targets

RECORD, CURVE = "training.json", "curve.jsonl"
CANNOT_ALLOCATE = "can't allocate memory"
"""What torch's allocator for the CPU says in a plain RuntimeError."""


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
    processes: Processes | None = None,
) -> TrainingRun:
    """Train a copy of the base model and leave it in an existing folder.

    The folder gets the weights, `training.json` (the record that is returned, and the options)
    and `curve.jsonl` (step, tokens, losses).

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
        processes: Those that share every batch; None: those that `accelerate launch` started.
            The first one writes; the folders of the others stay empty.

    Raises:
        DataError: An answer holds what marks a turn or an end of text.
        ModelError: The method does not fit the model, the loss is not a number any more,
            memory runs out, or no example fits the window.
    """
    rendering, where = rendering or Rendering.of(base), choose_device(device)
    processes = processes or Processes.here(where)
    made = [rows(phase, rendering) for phase in phases]
    for (phase, _), examples in zip(made, phases, strict=True):
        if not phase:
            raise ModelError(
                f"{weights or 'training'}: none of {len(examples)} examples can be trained on "
                f"within the window of {rendering.window} tokens; give shorter ones"
            )
    for phase_examples in (*phases, dev):
        check_targets(phase_examples, rendering, weights)
    dev_rows, dev_too_long = rows(dev, rendering)
    place, where, recipe = locate(base), processes.device(where), method.recipe
    plans = [
        list(schedule(phase, recipe.batch_size, tokens // len(made), seed + n))
        for n, (phase, _) in enumerate(made)
    ]
    memory = PeakMemory(where)
    with _seeded(seed, where), _memory(recipe.batch_size), measured_energy() as energy:
        model = method.load(place, where).requires_grad_(False)
        set_up(model, recipe)
        text_config = model.config.get_text_config()
        adapted = method.prepare(model)
        task = Task(
            model=adapted,
            seq2seq=rendering.seq2seq,
            pad=int(rendering.tokenizer.pad_token_id),
            device=where,
            recipe=recipe,
            lr=recipe.peak_lr(text_config.hidden_size),
            guessing=math.log(text_config.vocab_size),
            progress=progress,
            clock=clock,
            memory=memory,
            checkpoint=checkpoint,
            processes=processes,
        )
        loop = Loop(task, plans)
        stood = loop.run(dev_rows[: recipe.dev_examples])
    try:
        if processes.first:
            method.save(adapted, folder, base)
    except SafetensorError as error:
        raise StorageError(
            f"{folder}: the weights were not written ({error}); free some space and run again"
        ) from error
    trained, total = parameter_counts(adapted)
    too_long = sum(long for _, long in made)
    run = TrainingRun(
        weights=weights,
        seed=seed,
        method=method.name,
        sees=sees,
        examples=sum(map(len, phases)) - too_long,
        trainable_parameters=trained,
        total_parameters=total,
        steps=stood.step,
        tokens=stood.tokens,
        seconds=stood.seconds,
        train_loss=loop.train_loss,
        dev_loss=stood.best_dev_loss,
        best_step=stood.best_step,
        peak_memory_mb=stood.peak_rss_mb if stood.peak_cuda_mb is None else stood.peak_cuda_mb,
        artefact_mb=sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6,
        device=str(where),
        base_dev_loss=stood.base_dev_loss,
        tokens_per_second=stood.tokens / stood.seconds if stood.seconds else None,
        flops=float(stood.tokens * flops_per_token(adapted)),
        peak_rss_mb=stood.peak_rss_mb,
        rss_before_mb=memory.before_mb,
        peak_cuda_mb=stood.peak_cuda_mb,
        energy_kwh=None if loop.resumed else energy.kwh,
        examples_too_long=too_long,
        processes=processes.count,
    )
    if not processes.first:
        return run
    write_rows(folder / CURVE, stood.curve)
    record = {
        **encode(run),
        "dev_examples": min(len(dev_rows), recipe.dev_examples),
        "dev_examples_too_long": dev_too_long,
        "lr": task.lr,
        "options": encode(recipe),
    }
    write_text(folder / RECORD, json.dumps(record, indent=1) + "\n")
    return run


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
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        if type(error) is RuntimeError and CANNOT_ALLOCATE not in str(error):
            raise
        raise ModelError(
            f"training: out of memory; lower batch_size (now {batch_size}) or the length of the "
            "examples (distractors, pairs_per_context)"
        ) from error
