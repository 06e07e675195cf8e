"""Pre-train pocket: `harness pocket pretrain`, seeded, resumable, on a CPU or a GPU."""

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, Lfm2ForCausalLM, PreTrainedTokenizerBase

from harness.pocket.architecture import WIDTH, new_model
from harness.pocket.curriculum import lesson
from harness.pocket.english import english
from harness.pocket.export import export
from harness.pocket.lessons import batch
from harness.pocket.tokenizer import new_tokenizer

RATE = 2.5e-3
STATE = "state.pt"


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a pre-training stands."""

    step: int
    seconds: float
    done: float
    loss: float


@dataclass(slots=True)
class Learner:
    """The model in training, its optimizer and how far it is."""

    model: Lfm2ForCausalLM
    optimizer: torch.optim.Optimizer
    step: int = 0
    seconds: float = 0.0

    def save(self, folder: Path) -> None:
        """Write the state so that a kill at any moment leaves the old or the new one."""
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
        }
        part = folder / f"{STATE}.part"
        torch.save(state, part)
        part.replace(folder / STATE)

    def load(self, folder: Path) -> None:
        """Go on from what `save` wrote."""
        state: dict[str, Any] = torch.load(folder / STATE, map_location=self.model.device)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds = state["step"], state["seconds"]


def pretrain(
    out: Path,
    *,
    seed: int,
    steps: int | None = None,
    seconds: float | None = None,
    device: str = "cpu",
    resume: bool = False,
    progress: Callable[[Progress], None] | None = None,
    texts: Sequence[str] | None = None,
    width: int = WIDTH,
    tokens: int = 6_000,
    save_every: float = 180.0,
) -> None:
    """Train a new model and write it to `out`, ready for `from_pretrained`.

    Args:
        out: Gets the state during the training and the model at its end.
        seed: Decides the worlds, the weights and the order.
        steps: The length of the training; the only length that can be reproduced.
        seconds: The length in time instead.
        device: cpu, cuda or another of torch.
        resume: Go on from the state in `out` if there is one.
        progress: Called after every step.
        texts: Paragraphs of ordinary English; by default the docstrings of Python and of ours.
        width: The width of the model.
        tokens: About how many tokens one step reads.
        save_every: Seconds between two states.
    """
    if (steps is None) == (seconds is None):
        raise ValueError("give either steps or seconds")
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    tokenizer, paragraphs = _tokenizer(out, english() if texts is None else texts)
    learner = _learner(len(tokenizer), width, device)
    if resume and (out / STATE).exists():
        learner.load(out)
    began = saved = time.monotonic()
    before = learner.seconds
    while (done := learner.step / steps if steps else learner.seconds / (seconds or 1)) < 1:
        rows = lesson(
            tokenizer, paragraphs, seed=seed, step=learner.step, progress=done, tokens=tokens
        )
        loss = _learn(learner, *batch(rows), done, device)
        learner.seconds = before + time.monotonic() - began
        if progress:
            progress(Progress(learner.step, learner.seconds, done, loss))
        if time.monotonic() - saved > save_every:
            learner.save(out)
            saved = time.monotonic()
    learner.save(out)
    export(learner.model, tokenizer, out)


def _tokenizer(out: Path, texts: Sequence[str]) -> tuple[PreTrainedTokenizerBase, list[list[int]]]:
    """Return the tokenizer in `out`, trained now if there is none, and the texts as ids."""
    if not (out / "tokenizer.json").exists():
        new_tokenizer(texts).save_pretrained(out)
    tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(out)
    return tokenizer, [ids for ids in tokenizer(list(texts))["input_ids"] if len(ids) >= 8]


def _learner(vocabulary: int, width: int, device: str) -> Learner:
    model = new_model(vocabulary, width=width, heads=width // 32)
    moved: torch.nn.Module = model
    moved.to(device)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=RATE, betas=(0.9, 0.98), weight_decay=0.01, fused=True
    )
    return Learner(model, optimizer)


def _learn(
    learner: Learner, ids: torch.Tensor, weights: torch.Tensor, done: float, device: str
) -> float:
    """Take one step and return its loss."""
    model, kind = learner.model, torch.device(device).type
    ids, weights = ids.to(device), weights[:, 1:].to(device)
    rate = RATE * min(1.0, (learner.step + 1) / 100)
    for group in learner.optimizer.param_groups:
        group["lr"] = rate * (1.0 if done < 0.75 else max(0.02, (1 - done) / 0.25))
    low = torch.autocast(kind, dtype=torch.bfloat16) if kind != "mps" else nullcontext()
    scored = weights > 0
    with low:
        hidden = model.model(ids).last_hidden_state[:, :-1]
        logits = model.lm_head(hidden[scored])
    losses = torch.nn.functional.cross_entropy(logits.float(), ids[:, 1:][scored], reduction="none")
    loss = (losses * weights[scored]).sum() / weights[scored].sum()
    learner.optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    learner.optimizer.step()
    learner.step += 1
    return float(loss.detach())
